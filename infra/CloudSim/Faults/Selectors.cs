using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Faults;

/// <summary>Which capacity pools are meant: lifecycle spot or on-demand, instance type and zone; each may hold wildcards, null means any.</summary>
public sealed record PoolSelector(string? Lifecycle = null, string? InstanceType = null, string? AvailabilityZone = null)
{
    public bool Matches(bool spot, string type, string zone) =>
        Fits(Lifecycle, spot ? "spot" : "on-demand") && Fits(InstanceType, type) && Fits(AvailabilityZone, zone);

    private static bool Fits(string? pattern, string value) => pattern is null || Wildcard.Matches(pattern, value);
}

/// <summary>Which instances are meant; what is null does not narrow.</summary>
/// <param name="Tag">KEY or KEY=VALUE.</param>
/// <param name="LaunchedFromNow">Only instances launched after the fault begins.</param>
public sealed record InstanceSelector(
    IReadOnlyList<string>? InstanceIds = null,
    string? Lifecycle = null,
    string? InstanceType = null,
    string? AvailabilityZone = null,
    string? Tag = null,
    bool LaunchedFromNow = false)
{
    /// <param name="from">When the fault began.</param>
    /// <param name="at">The instant asked about; tags are those of that instant.</param>
    public bool Matches(Instance instance, DateTimeOffset from, DateTimeOffset at) =>
        (InstanceIds is null || InstanceIds.Contains(instance.Id, StringComparer.Ordinal))
        && new PoolSelector(Lifecycle, InstanceType, AvailabilityZone).Matches(instance.Spot, instance.Type.Name, instance.Zone)
        && MatchesTag(instance, at)
        && (!LaunchedFromNow || instance.CreatedAt >= from);

    private bool MatchesTag(Instance instance, DateTimeOffset at)
    {
        if (Tag is null)
        {
            return true;
        }

        var equals = Tag.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? instance.Tags.ValueAt(Tag, at) is not null
            : string.Equals(instance.Tags.ValueAt(Tag[..equals], at), Tag[(equals + 1)..], StringComparison.Ordinal);
    }
}
