using System.Text.Json;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Faults;

/// <summary>What happens in the cloud: it stays, but does not always do or say what it is asked.</summary>
static class CloudFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        Of("answers of RunInstances lost", new { kind = "api-error", action = "RunInstances", loseResponse = true, calls = 3 }),
        Of("answers of TerminateInstances lost", new { kind = "api-error", action = "TerminateInstances", loseResponse = true, calls = 3 }),
        Of("cloud's API failed", new { kind = "api-error", action = "*", code = "InternalError", status = 500, calls = 20 }),
        new("spot capacity gone", async (scene, random, _) =>
        {
            // one zone for a while: without any capacity no plan would be approved, and nothing would be moved
            var zone = $"us-east-1{(char)('a' + random.Next(6))}";
            await scene.Cloud.FaultAsync(new { kind = "capacity", pool = new { lifecycle = "spot", availabilityZone = zone }, forSeconds = 300 });
            return $"in {zone} for a while";
        }),
    ];

    /// <summary>Set before the run: what is moved of these fleets answers more slowly.</summary>
    public static Task DegradeAsync(CloudSimProgram cloud) => cloud.FaultAsync(new
    {
        kind = "degrade",
        instances = new { lifecycle = "spot", tag = FleetFile.CourseTag(Course.Degraded), launchedFromNow = true },
        latencyFactor = 1.6,
    });

    /// <summary>What the cloud still owes of the faults above; degraded fleets stay so, or they would not roll back.</summary>
    public static async Task TakeFaultsBackAsync(this CloudSimProgram cloud)
    {
        using var faults = JsonDocument.Parse(await cloud.Control.GetStringAsync("/control/faults"));
        foreach (var fault in faults.RootElement.EnumerateArray().Where(f => f.GetProperty("fault").GetProperty("kind").GetString() is not ("degrade" or "interruption")))
            using (await cloud.Control.DeleteAsync($"/control/faults/{fault.GetProperty("id").GetString()}"))
            {
            }
    }

    static Fault Of(string name, object fault) => new(name, async (scene, _, _) =>
    {
        try
        {
            await scene.Cloud.FaultAsync(fault);
        }
        catch (HttpRequestException)
        {
            // a connection that ended while nobody used it, as happens on a busy machine; one fault too many would do no harm
            await scene.Cloud.FaultAsync(fault);
        }
        return "for the next calls";
    });
}
