using System.Globalization;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Pricing;

namespace OptiInfra.CloudSim.Ec2;

public static class DescribeSpotPriceHistory
{
    /// <summary>How far back AWS keeps prices.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    private const int MostPerPage = 1000;

    public static void Answer(Ec2Call call)
    {
        call.StopIfDryRun();
        var start = call.Time("StartTime");
        var end = call.Time("EndTime") ?? call.Now;
        if (start > end)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", "The start time must not be after the end time.");
        }

        var token = PriceToken.Parse(call.Parameters["NextToken"]);
        // a page belongs to the history as it was when the first page was asked for
        var asOf = token?.AsOf ?? call.Now;
        var oldest = asOf - Kept;
        var from = start is { } time && time > oldest ? time : oldest;
        var to = end < asOf ? end : asOf;
        var all = call.Cloud.PricePages.GetOrAdd(
            string.Create(CultureInfo.InvariantCulture, $"{Fingerprint(call)}@{asOf.ToUnixTimeMilliseconds()}/{call.Cloud.Faults.Version}"),
            () => Collect(call, from, to));

        var offset = token?.Offset ?? 0;
        var size = Math.Min(call.Number("MaxResults", 1, int.MaxValue) ?? MostPerPage, MostPerPage);
        call.Xml.List("spotPriceHistorySet", all.Skip(offset).Take(size), change => call.Xml
            .Value("instanceType", change.InstanceType)
            .Value("productDescription", change.Product)
            .Value("spotPrice", change.HourlyUsd.ToString("0.000000", CultureInfo.InvariantCulture))
            .Value("timestamp", change.At)
            .Value("availabilityZone", change.Zone)
            .Optional("availabilityZoneId", Zones.Find(change.Zone)?.Id));
        // AWS says the end with an empty token
        call.Xml.Value("nextToken", offset + size < all.Count ? new PriceToken(asOf, offset + size).ToString() : string.Empty);
    }

    private static List<SpotPriceChange> Collect(Ec2Call call, DateTimeOffset from, DateTimeOffset to)
    {
        var filters = Filters.From(call.Parameters);
        var names = call.Parameters.List("InstanceType");
        var products = call.Parameters.List("ProductDescription");
        var zone = call.Parameters["AvailabilityZone"] ?? (call.Parameters["AvailabilityZoneId"] is { } id ? Zones.FindById(id)?.Name ?? id : null);
        var changes = new List<SpotPriceChange>();
        // types that AWS sells and this cloud does not simply have no history
        foreach (var type in names.Count == 0 ? InstanceCatalogue.All : [.. names.Distinct(StringComparer.Ordinal).Select(InstanceCatalogue.Find).OfType<InstanceType>()])
        {
            foreach (var pool in call.Cloud.Prices.Pools(type.Name))
            {
                if ((zone is null || string.Equals(zone, pool.Zone, StringComparison.Ordinal))
                    && (products.Count == 0 || products.Contains(pool.Product, StringComparer.Ordinal))
                    && filters.Match(name => ValuesOf(type.Name, pool.Zone, pool.Product, name)))
                {
                    changes.AddRange(call.Cloud.Prices.Changes(type, pool.Zone, pool.Product, from, to));
                }
            }
        }

        changes.Sort(NewestFirst);
        return changes;
    }

    private static int NewestFirst(SpotPriceChange left, SpotPriceChange right)
    {
        var order = right.At.CompareTo(left.At);
        order = order != 0 ? order : string.CompareOrdinal(left.InstanceType, right.InstanceType);
        order = order != 0 ? order : string.CompareOrdinal(left.Zone, right.Zone);
        return order != 0 ? order : string.CompareOrdinal(left.Product, right.Product);
    }

    private static IEnumerable<string?>? ValuesOf(string type, string zone, string product, string filter) => filter switch
    {
        "instance-type" => [type],
        "availability-zone" => [zone],
        "availability-zone-id" => [Zones.Find(zone)?.Id],
        "product-description" => [product],
        _ => null,
    };

    private static string Fingerprint(Ec2Call call) =>
        string.Join('&', call.Parameters.All.Where(pair => pair.Key is not ("NextToken" or "MaxResults")).Select(pair => pair.Key + "=" + pair.Value));
}
