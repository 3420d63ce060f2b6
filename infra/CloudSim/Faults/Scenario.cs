using System.Text.Json;
using System.Text.Json.Serialization;
using OptiInfra.CloudSim.Hosting;

namespace OptiInfra.CloudSim.Faults;

/// <summary>How a run goes wrong by itself, from a JSON file.</summary>
public sealed record Scenario
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowOutOfOrderMetadataProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Faults placed by the clock's origin.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Request rates are limited as AWS limits them, per API.</summary>
    public bool Throttling { get; init; }

    public RandomInterruptions? RandomInterruptions { get; init; }

    public RandomCapacityErrors? RandomCapacityErrors { get; init; }

    /// <summary>Seconds that a launch stays pending, give or take a fifth.</summary>
    public double BootSeconds { get; init; } = 30;

    /// <summary>Seconds from running until the application answers.</summary>
    public double WarmupSeconds { get; init; } = 20;

    /// <summary>Reads a scenario file; throws <see cref="StartupException"/> saying in one line what is wrong with it.</summary>
    public static Scenario Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new StartupException($"scenario file {path} does not exist");
        }

        try
        {
            var scenario = JsonSerializer.Deserialize<Scenario>(File.ReadAllText(path), Json)
                ?? throw new StartupException($"scenario file {path} is empty");
            return scenario.Objection() is { } objection ? throw new StartupException($"scenario file {path}: {objection}") : scenario;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new StartupException($"scenario file {path}: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private string? Objection() =>
        Faults.Select(fault => fault.Objection()).FirstOrDefault(objection => objection is not null)
        ?? (BootSeconds < 0 ? "bootSeconds must not be negative"
            : WarmupSeconds < 0 ? "warmupSeconds must not be negative"
            : RandomInterruptions is { PerInstanceHour: < 0 } ? "randomInterruptions.perInstanceHour must not be negative"
            : RandomInterruptions is { NoticeSeconds: < 0 } ? "randomInterruptions.noticeSeconds must not be negative"
            : RandomCapacityErrors is { Fraction: < 0 or > 1 } ? "randomCapacityErrors.fraction must be from 0 to 1"
            : RandomCapacityErrors is { WindowMinutes: <= 0 } ? "randomCapacityErrors.windowMinutes must be above 0"
            : null);
}

/// <param name="PerInstanceHour">Expected interruptions per spot instance and hour of the cloud's clock.</param>
public sealed record RandomInterruptions(double PerInstanceHour, double NoticeSeconds = 120);

/// <param name="Fraction">Fraction of (pool, window) pairs without capacity.</param>
public sealed record RandomCapacityErrors(double Fraction, double WindowMinutes = 15, string Lifecycle = "spot");
