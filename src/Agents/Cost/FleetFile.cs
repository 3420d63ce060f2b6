using System.Text.Json;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Cost;

/// <summary>Reads a fleet from the JSON that <c>aws ec2 describe-instances</c> prints.</summary>
public static class FleetFile
{
    /// <exception cref="BadInputException">The file cannot be used; the message names the instance and what is wrong.</exception>
    public static IReadOnlyList<FleetInstance> Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            if (string.IsNullOrWhiteSpace(text))
                throw new BadInputException($"Fleet file {path} is empty; write it with `aws ec2 describe-instances --output json > {path}`.");
            using var json = JsonDocument.Parse(text);
            return Read(json.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"Fleet file {path} is no JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}); write it with `aws ec2 describe-instances --output json > {path}`.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Fleet file {path} cannot be read: {e.Message}", e);
        }
    }

    static List<FleetInstance> Read(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Reservations", out var reservations) || reservations.ValueKind != JsonValueKind.Array)
            throw new BadInputException($"Fleet file {path} has no list \"Reservations\"; write it with `aws ec2 describe-instances --output json > {path}`.");
        var fleet = new List<FleetInstance>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var reservation in reservations.EnumerateArray())
        {
            if (reservation.ValueKind != JsonValueKind.Object || !reservation.TryGetProperty("Instances", out var instances) || instances.ValueKind != JsonValueKind.Array)
                throw new BadInputException($"Fleet file {path}: a reservation has no list \"Instances\".");
            foreach (var element in instances.EnumerateArray())
            {
                var instance = Instance(element, path, fleet.Count + 1);
                if (!seen.Add(instance.InstanceId))
                    throw new BadInputException($"Fleet file {path} lists instance {instance.InstanceId} twice; keep one.");
                fleet.Add(instance);
            }
        }

        return fleet.Count > 0 ? fleet : throw new BadInputException($"Fleet file {path} lists no instance.");
    }

    static FleetInstance Instance(JsonElement e, string path, int number)
    {
        var id = Text(e, "InstanceId") ?? throw new BadInputException($"Fleet file {path}: instance number {number} has no InstanceId.");
        var type = Text(e, "InstanceType") ?? throw new BadInputException($"Fleet file {path}: instance {id} has no InstanceType.");
        var zone = e.TryGetProperty("Placement", out var placement) && placement.ValueKind == JsonValueKind.Object ? Text(placement, "AvailabilityZone") : null;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (e.TryGetProperty("Tags", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var tag in list.EnumerateArray())
            {
                if (Text(tag, "Key") is { } key)
                    tags[key] = Text(tag, "Value") ?? "";
            }
        }

        return new FleetInstance(
            id, type, zone ?? throw new BadInputException($"Fleet file {path}: instance {id} has no Placement.AvailabilityZone."),
            Text(e, "InstanceLifecycle") is "spot" ? CapacityType.Spot : CapacityType.OnDemand,
            e.TryGetProperty("State", out var state) && state.ValueKind == JsonValueKind.Object ? Text(state, "Name") ?? "running" : "running",
            Text(e, "ImageId"), Text(e, "SubnetId"), Text(e, "PrivateIpAddress"),
            e.TryGetProperty("LaunchTime", out var launched) && launched.TryGetDateTimeOffset(out var at) ? at.ToUniversalTime() : default,
            tags);
    }

    static string? Text(JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
