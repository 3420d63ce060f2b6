namespace OptiInfra.CloudSim.Catalogue;

/// <summary>The one region of this cloud and its availability zones, with the account-independent zone ids.</summary>
public static class Zones
{
    public const string Region = "us-east-1";

    public static IReadOnlyList<Zone> All { get; } =
    [
        new("us-east-1a", "use1-az4", "subnet-0a0000000000000a1"),
        new("us-east-1b", "use1-az6", "subnet-0a0000000000000b2"),
        new("us-east-1c", "use1-az1", "subnet-0a0000000000000c3"),
        new("us-east-1d", "use1-az2", "subnet-0a0000000000000d4"),
        new("us-east-1e", "use1-az3", "subnet-0a0000000000000e5"),
        new("us-east-1f", "use1-az5", "subnet-0a0000000000000f6"),
    ];

    public static Zone? Find(string name) => All.FirstOrDefault(zone => string.Equals(zone.Name, name, StringComparison.Ordinal));

    public static Zone? FindById(string id) => All.FirstOrDefault(zone => string.Equals(zone.Id, id, StringComparison.Ordinal));
}

/// <param name="DefaultSubnetId">The default subnet of the account in this zone.</param>
public sealed record Zone(string Name, string Id, string DefaultSubnetId);
