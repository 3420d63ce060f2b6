using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>The end of what the instance's processes wrote; empty for an instance without any.</summary>
public static class GetConsoleOutput
{
    /// <summary>EC2 gives the most recent 64 KB.</summary>
    private const int Most = 64 * 1024;

    public static void Answer(Ec2Call call)
    {
        var id = call.Required("InstanceId");
        var instance = call.Cloud.Find(id, call.Now)
            ?? throw CloudRefusalException.Invalid("InvalidInstanceID.NotFound", $"The instance ID '{id}' does not exist");
        call.StopIfDryRun();
        call.Xml.Value("instanceId", instance.Id)
            .Value("timestamp", call.Now)
            .Value("output", Convert.ToBase64String(call.Cloud.Machines.Find(id)?.Console(Most) ?? []));
    }
}
