using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>How likely a spot request is to succeed right now, from 1 to 10.</summary>
public static class GetSpotPlacementScores
{
    /// <summary>With fewer types than this AWS always answers low.</summary>
    private const int FewestTypes = 3;

    private const int LowScore = 3;

    public static void Answer(Ec2Call call)
    {
        call.Required("TargetCapacity");
        var capacity = call.Number("TargetCapacity", 1, 2_000_000_000)!.Value;
        var names = call.Parameters.List("InstanceType").Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
        {
            throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter InstanceTypes");
        }

        var unknown = names.Where(name => InstanceCatalogue.Find(name) is null).ToList();
        if (unknown.Count > 0)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid instance type: [{string.Join(", ", unknown)}]");
        }

        call.StopIfDryRun();
        var regions = call.Parameters.List("RegionName");
        var here = regions.Count == 0 || regions.Contains(Zones.Region, StringComparer.Ordinal);
        var scores = Zones.All.Select(zone => (Zone: zone, Score: ScoreOf(call, names, zone.Name, capacity))).ToList();
        IEnumerable<(string? ZoneId, int Score)> answers = !here ? []
            : call.Flag("SingleAvailabilityZone") ? scores.OrderByDescending(score => score.Score).Select(score => ((string?)score.Zone.Id, score.Score))
            : [(null, scores.Max(score => score.Score))];

        var position = (int)Page.Position(nameof(GetSpotPlacementScores), call.Parameters["NextToken"]);
        var size = call.Number("MaxResults", 1, 1000) ?? 1000;
        var all = answers.ToList();
        call.Xml.List("spotPlacementScoreSet", all.Skip(position).Take(size), answer => call.Xml
            .Value("region", Zones.Region)
            .Optional("availabilityZoneId", answer.ZoneId)
            .Value("score", answer.Score));
        if (position + size < all.Count)
        {
            call.Xml.Value("nextToken", Page.Token(nameof(GetSpotPlacementScores), position + size));
        }
    }

    private static int ScoreOf(Ec2Call call, List<string> types, string zone, int capacity)
    {
        var sum = 0.0;
        var told = false;
        foreach (var type in types)
        {
            var set = call.Cloud.Faults.Holding<PlacementScoreFault>(call.Now).Where(fault => fault.Fault.Pool.Matches(spot: true, type, zone)).Select(fault => (int?)fault.Fault.Score).LastOrDefault();
            told |= set is not null;
            var empty = call.Cloud.Faults.Holding<CapacityFault>(call.Now).Any(fault => fault.Fault.Pool.Matches(spot: true, type, zone));
            sum += set ?? (empty ? 1 : Usual(call, type, zone));
        }

        var score = (int)Math.Round((sum / types.Count) - Math.Max(0, Math.Floor(Math.Log10(capacity / 20.0))));
        return Math.Clamp(score, 1, types.Count < FewestTypes && !told ? LowScore : 10);
    }

    /// <summary>From 5 to 9, anew every six hours.</summary>
    private static double Usual(Ec2Call call, string type, string zone) =>
        5 + (4 * Draw.Uniform(call.Cloud.Seed, "placement-score", type + "/" + zone, call.Now.ToUnixTimeSeconds() / 21_600));
}
