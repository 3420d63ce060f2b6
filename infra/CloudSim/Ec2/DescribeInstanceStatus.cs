using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

public static class DescribeInstanceStatus
{
    /// <summary>How long status checks say "initializing" after the machine runs.</summary>
    public static readonly TimeSpan Initializing = TimeSpan.FromSeconds(60);

    public static void Answer(Ec2Call call)
    {
        var named = call.NamedInstances();
        var size = call.Number("MaxResults", 5, 1000);
        if (named.Count > 0 && size is not null)
        {
            throw CloudRefusalException.Invalid("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
        }

        call.StopIfDryRun();
        var filters = Filters.From(call.Parameters);
        var everyState = call.Flag("IncludeAllInstances");
        var matching = (named.Count > 0 ? named : call.Cloud.All)
            .Where(instance => instance.ListedAt(call.Now)
                && (everyState || instance.StateAt(call.Now) is InstanceState.Running)
                && filters.Match(name => ValuesOf(instance, name, call.Now)))
            .ToList();
        var position = (int)Page.Position(nameof(DescribeInstanceStatus), call.Parameters["NextToken"]);
        // AWS pages by itself when not told a size
        var pageSize = named.Count > 0 ? matching.Count : size ?? 1000;
        call.Xml.List("instanceStatusSet", matching.Skip(position).Take(pageSize), instance => Write(call, instance));
        if (position + pageSize < matching.Count)
        {
            call.Xml.Value("nextToken", Page.Token(nameof(DescribeInstanceStatus), position + pageSize));
        }
    }

    private static void Write(Ec2Call call, Instance instance)
    {
        var xml = call.Xml;
        xml.Value("instanceId", instance.Id)
            .Value("availabilityZone", instance.Zone)
            .Structure("instanceState", () => xml.WriteState(instance.StateAt(call.Now)))
            .Structure("systemStatus", () => WriteCheck(xml, SystemStatus(instance, call.Now)))
            .Structure("instanceStatus", () => WriteCheck(xml, InstanceStatus(instance, call.Now)));
    }

    private static void WriteCheck(ResponseXml xml, string status)
    {
        xml.Value("status", status);
        if (status is not "not-applicable")
        {
            xml.List("details", [status], detail => xml.Value("name", "reachability").Value("status", Reachability(detail)));
        }
    }

    private static string SystemStatus(Instance instance, DateTimeOffset now)
    {
        var current = instance.States.At(now);
        return current.State is not InstanceState.Running ? "not-applicable"
            : now < current.At + Initializing ? "initializing"
            : "ok";
    }

    private static string InstanceStatus(Instance instance, DateTimeOffset now) =>
        SystemStatus(instance, now) is "ok" && instance.NeverHealthy ? "impaired" : SystemStatus(instance, now);

    private static string Reachability(string status) => status switch
    {
        "ok" => "passed",
        "impaired" => "failed",
        _ => status,
    };

    private static IEnumerable<string?>? ValuesOf(Instance instance, string filter, DateTimeOffset now) => filter switch
    {
        "availability-zone" => [instance.Zone],
        "instance-state-name" => [instance.StateAt(now).ToWire()],
        "instance-state-code" => [((int)instance.StateAt(now)).ToString(CultureInfo.InvariantCulture)],
        "instance-status.status" => [InstanceStatus(instance, now)],
        "instance-status.reachability" => [Reachability(InstanceStatus(instance, now))],
        "system-status.status" => [SystemStatus(instance, now)],
        "system-status.reachability" => [Reachability(SystemStatus(instance, now))],
        _ => null,
    };
}
