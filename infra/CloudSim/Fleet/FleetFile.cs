using System.Globalization;
using System.Text.Json;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Fleet;

/// <summary>An instance as the fleet file lists it.</summary>
public sealed record FleetEntry(
    string InstanceId,
    InstanceType Type,
    string Zone,
    bool Spot,
    InstanceState State,
    DateTimeOffset? LaunchTime,
    string? ReservationId,
    string? OwnerId,
    string? ImageId,
    string? SubnetId,
    string? VpcId,
    string? PrivateIpAddress,
    string? PublicIpAddress,
    string? KeyName,
    string? SpotRequestId,
    string? Tenancy,
    IReadOnlyList<SecurityGroup> SecurityGroups,
    IReadOnlyDictionary<string, string> Tags);

/// <summary>Reads a fleet in the shape of `aws ec2 describe-instances` output.</summary>
public static class FleetFile
{
    /// <summary>Throws <see cref="StartupException"/> naming the file, the instance and the fault in one line.</summary>
    public static IReadOnlyList<FleetEntry> Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new StartupException($"fleet file {path} does not exist");
        }

        var bytes = File.ReadAllBytes(path);
        if (bytes.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw new StartupException($"fleet file {path} is empty");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            return Read(path, document.RootElement);
        }
        catch (JsonException error)
        {
            throw new StartupException($"fleet file {path} is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1})");
        }
        catch (InvalidOperationException)
        {
            throw new StartupException($"fleet file {path} does not have the shape of 'aws ec2 describe-instances' output");
        }
    }

    private static List<FleetEntry> Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Reservations", out var reservations) || reservations.ValueKind != JsonValueKind.Array)
        {
            throw new StartupException($"fleet file {path} does not have the shape of 'aws ec2 describe-instances' output: no list of Reservations");
        }

        var entries = new List<FleetEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var reservation in reservations.EnumerateArray())
        {
            if (!reservation.TryGetProperty("Instances", out var instances) || instances.ValueKind != JsonValueKind.Array)
            {
                throw new StartupException($"fleet file {path}: reservation {Text(reservation, "ReservationId") ?? "without id"} has no list of Instances");
            }

            foreach (var element in instances.EnumerateArray())
            {
                var entry = ReadInstance(path, reservation, element, entries.Count + 1);
                if (!seen.Add(entry.InstanceId))
                {
                    throw new StartupException($"fleet file {path}: instance {entry.InstanceId} is listed twice");
                }

                entries.Add(entry);
            }
        }

        return entries.Count > 0 ? entries : throw new StartupException($"fleet file {path} lists no instances");
    }

    private static FleetEntry ReadInstance(string path, JsonElement reservation, JsonElement element, int number)
    {
        var id = Text(element, "InstanceId") ?? throw new StartupException($"fleet file {path}: instance number {number} has no InstanceId");
        StartupException Wrong(string what) => new($"fleet file {path}: instance {id}: {what}");

        var typeName = Text(element, "InstanceType") ?? throw Wrong("no InstanceType");
        var type = InstanceCatalogue.Find(typeName) ?? throw Wrong($"unknown instance type '{typeName}'");
        var placement = element.TryGetProperty("Placement", out var found) ? found : default;
        var zone = Text(placement, "AvailabilityZone") ?? throw Wrong("no Placement.AvailabilityZone");
        if (Zones.Find(zone) is null)
        {
            throw Wrong($"unknown availability zone '{zone}'");
        }

        var stateName = element.TryGetProperty("State", out var state) ? Text(state, "Name") ?? "running" : "running";
        var lifecycle = Text(element, "InstanceLifecycle");
        var tags = ReadTags(element, Wrong);
        try
        {
            _ = Workload.FromTags(id, type, tags);
        }
        catch (FormatException error)
        {
            throw Wrong(error.Message);
        }

        return new FleetEntry(
            id,
            type,
            zone,
            lifecycle switch
            {
                null or "" => false,
                "spot" => true,
                _ => throw Wrong($"unknown InstanceLifecycle '{lifecycle}'"),
            },
            InstanceStateNames.Parse(stateName) ?? throw Wrong($"unknown state '{stateName}'"),
            ReadLaunchTime(element, Wrong),
            Text(reservation, "ReservationId"),
            Text(reservation, "OwnerId"),
            Text(element, "ImageId"),
            Text(element, "SubnetId"),
            Text(element, "VpcId"),
            Text(element, "PrivateIpAddress"),
            Text(element, "PublicIpAddress"),
            Text(element, "KeyName"),
            Text(element, "SpotInstanceRequestId"),
            Text(placement, "Tenancy"),
            ReadGroups(element),
            tags);
    }

    private static DateTimeOffset? ReadLaunchTime(JsonElement element, Func<string, StartupException> wrong)
    {
        if (Text(element, "LaunchTime") is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw wrong($"LaunchTime '{text}' is not a time");
    }

    private static Dictionary<string, string> ReadTags(JsonElement element, Func<string, StartupException> wrong)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (element.TryGetProperty("Tags", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var tag in list.EnumerateArray())
            {
                var key = Text(tag, "Key") ?? throw wrong("a tag has no Key");
                if (!tags.TryAdd(key, Text(tag, "Value") ?? string.Empty))
                {
                    throw wrong($"tag {key} is set twice");
                }
            }
        }

        return tags;
    }

    private static List<SecurityGroup> ReadGroups(JsonElement element)
    {
        var groups = new List<SecurityGroup>();
        if (element.TryGetProperty("SecurityGroups", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var group in list.EnumerateArray())
            {
                groups.Add(new SecurityGroup(Text(group, "GroupId") ?? string.Empty, Text(group, "GroupName") ?? string.Empty));
            }
        }

        return groups;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
