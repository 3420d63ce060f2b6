using OptiInfra.CloudSim.Catalogue;

namespace OptiInfra.CloudSim.Instances;

/// <summary>RunInstances, understood.</summary>
/// <param name="Zone">The zone asked for, by name or through its subnet; null leaves the choice to the cloud.</param>
/// <param name="MaxPriceHourlyUsd">The most to pay for spot; null means the on-demand price.</param>
/// <param name="UserData">The script to run; null means an instance without processes.</param>
/// <param name="Fingerprint">All parameters that the client token vouches for, in one string.</param>
public sealed record LaunchRequest(
    string ImageId,
    InstanceType Type,
    int MinCount,
    int MaxCount,
    string? Zone,
    string? SubnetId,
    bool Spot,
    decimal? MaxPriceHourlyUsd,
    string? ClientToken,
    string? KeyName,
    IReadOnlyDictionary<string, string> Tags,
    bool DryRun,
    byte[]? UserData,
    string Fingerprint);

/// <summary>One line of the launch log: what a RunInstances call asked for and what came of it.</summary>
/// <param name="Scope">The zone for a token used with one, else "regional".</param>
/// <param name="Repeated">True where the token was known and nothing was launched.</param>
/// <param name="Error">EC2's error code where the call failed.</param>
public sealed record LaunchRecord(
    DateTimeOffset At,
    string? ClientToken,
    string Scope,
    string InstanceType,
    string Lifecycle,
    string? Zone,
    IReadOnlyList<string> InstanceIds,
    bool Repeated,
    string? Error);
