using System.Text.Json;

namespace OptiInfra.Chaos.Fleets;

/// <summary>Fleets in the shape of <c>aws ec2 describe-instances</c>, which CloudSim loads.</summary>
static class FleetFile
{
    /// <summary>Value of the tag <c>course</c>, by which faults find a fleet's replacements too: those take the tags over.</summary>
    public static string CourseTag(Course course) => $"course={course}";

    public static async Task WriteAsync(string path, IEnumerable<ChaosFleet> fleets) =>
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new
        {
            Reservations = fleets.Select(fleet => new
            {
                ReservationId = $"r-0c4a05{fleet.Number:x6}",
                OwnerId = "123456789012",
                Groups = Array.Empty<string>(),
                Instances = fleet.Machines.Select(machine => Instance(fleet, machine)),
            }),
        }));

    static object Instance(ChaosFleet fleet, FleetMachine machine) => new
    {
        machine.InstanceId,
        machine.InstanceType,
        ImageId = "ami-0c0d0e0f0a0b0c0d1",
        LaunchTime = "2025-02-11T08:14:05+00:00",
        Placement = new { AvailabilityZone = machine.Zone, GroupName = "", Tenancy = "default" },
        SubnetId = $"subnet-0a000000000000{machine.Zone[^1]}",
        VpcId = "vpc-0d0000000000000d0",
        State = new { Code = 16, Name = "running" },
        Architecture = "x86_64",
        Tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fleet"] = fleet.Name,
            ["team"] = fleet.Customer,
            ["course"] = fleet.Course.ToString(),
            ["optiinfra:workload"] = "stateless",
            ["cloudsim:pattern"] = "stable",
            ["cloudsim:rps"] = FormattableString.Invariant($"{machine.RequestsPerSecond}"),
            ["cloudsim:p95-ms"] = "140",
            ["cloudsim:cpu-p95"] = FormattableString.Invariant($"{machine.CpuPercent}"),
            ["cloudsim:mem-p95"] = "45",
        }.Select(tag => new { tag.Key, tag.Value }),
    };
}
