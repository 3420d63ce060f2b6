using System.Globalization;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Machines;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Ec2;

public static class RunInstances
{
    /// <summary>AWS's limit on the length of a client token.</summary>
    private const int LongestToken = 64;

    public static void Answer(Ec2Call call)
    {
        var request = Understand(call);
        if (!call.Cloud.Rates.AdmitResources("RunInstances", request.MaxCount, call.Now))
        {
            throw new CloudRefusalException("RequestLimitExceeded", 503, "Request limit exceeded.");
        }

        call.Xml.WriteReservation(call.Cloud.Launch(request, call.Now), call.Now);
    }

    private static LaunchRequest Understand(Ec2Call call)
    {
        var parameters = call.Parameters;
        var typeName = parameters["InstanceType"] ?? "m1.small";
        var type = InstanceCatalogue.Find(typeName)
            ?? throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid value '{typeName}' for InstanceType.");
        call.Required("MinCount");
        call.Required("MaxCount");
        var least = call.Number("MinCount", 1, 1000)!.Value;
        var most = call.Number("MaxCount", 1, 1000)!.Value;
        if (least > most)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", "The value for the parameter 'MinCount' must be less than or equal to the value for 'MaxCount'.");
        }

        var image = call.Required("ImageId");
        if (!image.StartsWith("ami-", StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("InvalidAMIID.Malformed", $"Invalid id: \"{image}\"");
        }

        var token = parameters["ClientToken"];
        if (token is { Length: > LongestToken } || token?.Any(character => character is < ' ' or > '~') == true)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", "The value for parameter ClientToken must be at most 64 ASCII characters.");
        }

        var (zone, subnet) = Place(call);
        var (spot, maxPrice) = Market(call);
        var tags = InstanceTags(parameters);
        try
        {
            _ = Workload.FromTags("new", type, tags);
        }
        catch (FormatException error)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", error.Message);
        }

        return new LaunchRequest(
            image,
            type,
            least,
            most,
            zone,
            subnet,
            spot,
            maxPrice,
            string.IsNullOrEmpty(token) ? null : token,
            parameters["KeyName"],
            tags,
            call.Flag("DryRun"),
            Script(parameters["UserData"]),
            Fingerprint(parameters));
    }

    private static byte[]? Script(string? userData)
    {
        var script = UserData.Read(userData);
        return script is null || ProcessIsolation.Available
            ? script
            : throw CloudRefusalException.Invalid("UnsupportedOperation", "This cloud cannot run user data: its machine has no python3 (Debian's package python3).");
    }

    private static (string? Zone, string? Subnet) Place(Ec2Call call)
    {
        var zone = call.Parameters["Placement.AvailabilityZone"];
        if (zone is not null && Zones.Find(zone) is null)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid availability zone: [{zone}]");
        }

        if (call.Parameters["Placement.AvailabilityZoneId"] is { } zoneId)
        {
            zone = (Zones.FindById(zoneId) ?? throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid availability zone-id: [{zoneId}]")).Name;
        }

        var subnet = call.Parameters["SubnetId"] ?? call.Parameters["NetworkInterface.1.SubnetId"];
        if (subnet is null)
        {
            return (zone, null);
        }

        var zoneOfSubnet = call.Cloud.ZoneOfSubnet(subnet)
            ?? throw CloudRefusalException.Invalid("InvalidSubnetID.NotFound", $"The subnet ID '{subnet}' does not exist");
        return zone is null || string.Equals(zone, zoneOfSubnet, StringComparison.Ordinal)
            ? (zoneOfSubnet, subnet)
            : throw CloudRefusalException.Invalid("InvalidParameterValue", $"The availability zone '{zone}' does not match the subnet '{subnet}', which is in '{zoneOfSubnet}'.");
    }

    private static (bool Spot, decimal? MaxPrice) Market(Ec2Call call)
    {
        var market = call.Parameters["InstanceMarketOptions.MarketType"];
        if (market is not (null or "spot"))
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", $"Value ({market}) for parameter MarketType is invalid.");
        }

        if (market is null)
        {
            return call.Parameters.Has("InstanceMarketOptions.SpotOptions")
                ? throw CloudRefusalException.Invalid("InvalidParameterCombination", "SpotOptions needs MarketType spot.")
                : (false, null);
        }

        if (call.Parameters["InstanceMarketOptions.SpotOptions.SpotInstanceType"] is "persistent")
        {
            throw CloudRefusalException.Invalid("UnsupportedOperation", "This cloud offers one-time Spot Instance requests only.");
        }

        if (call.Parameters["InstanceMarketOptions.SpotOptions.MaxPrice"] is not { } text)
        {
            return (true, null);
        }

        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var price) && price > 0
            ? (true, price)
            : throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid value '{text}' for MaxPrice.");
    }

    private static Dictionary<string, string> InstanceTags(QueryParameters parameters)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var specification in parameters.Structures("TagSpecification"))
        {
            if (specification["ResourceType"] is not "instance")
            {
                continue;
            }

            foreach (var tag in specification.Structures("Tag"))
            {
                var key = tag["Key"] ?? throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter Key");
                if (!tags.TryAdd(key, tag["Value"] ?? string.Empty))
                {
                    throw CloudRefusalException.Invalid("InvalidParameterValue", $"Duplicate tag key '{key}' specified.");
                }
            }
        }

        return tags;
    }

    private static string Fingerprint(QueryParameters parameters) =>
        string.Join('&', parameters.All
            .Where(pair => pair.Key is not ("Action" or "Version" or "ClientToken" or "DryRun"))
            .Select(pair => pair.Key + "=" + pair.Value));
}
