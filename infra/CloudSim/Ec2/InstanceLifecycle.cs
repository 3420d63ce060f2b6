using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>TerminateInstances, StopInstances, StartInstances.</summary>
public static class InstanceLifecycle
{
    public static void Terminate(Ec2Call call)
    {
        var instances = Named(call);
        if (!call.Cloud.Rates.AdmitResources("TerminateInstances", instances.Count, call.Now))
        {
            throw new CloudRefusalException("RequestLimitExceeded", 503, "Request limit exceeded.");
        }

        call.Xml.WriteStateChanges(call.Cloud.Terminate(instances, call.Now));
    }

    public static void Stop(Ec2Call call) => call.Xml.WriteStateChanges(Cloud.Stop(Named(call), call.Now));

    public static void Start(Ec2Call call) => call.Xml.WriteStateChanges(call.Cloud.StartAgain(Named(call), call.Now));

    private static IReadOnlyList<Instance> Named(Ec2Call call)
    {
        if (call.Parameters.List("InstanceId").Count == 0)
        {
            throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter InstanceId");
        }

        var instances = call.NamedInstances();
        call.StopIfDryRun();
        return instances;
    }
}
