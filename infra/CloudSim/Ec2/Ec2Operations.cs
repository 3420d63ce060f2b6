namespace OptiInfra.CloudSim.Ec2;

/// <summary>Which action is answered where.</summary>
public static class Ec2Operations
{
    public const string Version = "2016-11-15";

    private static readonly Dictionary<string, Action<Ec2Call>> Answers = new(StringComparer.Ordinal)
    {
        ["DescribeInstances"] = DescribeInstances.Answer,
        ["RunInstances"] = RunInstances.Answer,
        ["TerminateInstances"] = InstanceLifecycle.Terminate,
        ["StopInstances"] = InstanceLifecycle.Stop,
        ["StartInstances"] = InstanceLifecycle.Start,
        ["DescribeInstanceStatus"] = DescribeInstanceStatus.Answer,
        ["GetConsoleOutput"] = GetConsoleOutput.Answer,
        ["DescribeInstanceTypes"] = DescribeInstanceTypes.Answer,
        ["DescribeSpotPriceHistory"] = DescribeSpotPriceHistory.Answer,
        ["GetSpotPlacementScores"] = GetSpotPlacementScores.Answer,
        ["DescribeAvailabilityZones"] = DescribeAvailabilityZones.Answer,
        ["CreateTags"] = InstanceTags.Create,
        ["DeleteTags"] = InstanceTags.Delete,
        ["DescribeTags"] = InstanceTags.Describe,
    };

    /// <summary>The operation's answer, or null where this cloud does not know the action.</summary>
    public static Action<Ec2Call>? Find(string action) => Answers.GetValueOrDefault(action);
}
