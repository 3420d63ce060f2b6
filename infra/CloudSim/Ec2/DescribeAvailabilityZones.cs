using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

public static class DescribeAvailabilityZones
{
    public static void Answer(Ec2Call call)
    {
        call.StopIfDryRun();
        var names = call.Parameters.List("ZoneName");
        var ids = call.Parameters.List("ZoneId");
        var unknown = names.Where(name => Zones.Find(name) is null).Concat(ids.Where(id => Zones.FindById(id) is null)).ToList();
        if (unknown.Count > 0)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", $"Invalid availability zone: [{string.Join(", ", unknown)}]");
        }

        var filters = Filters.From(call.Parameters);
        var zones = Zones.All.Where(zone =>
            (names.Count == 0 || names.Contains(zone.Name, StringComparer.Ordinal))
            && (ids.Count == 0 || ids.Contains(zone.Id, StringComparer.Ordinal))
            && filters.Match(name => ValuesOf(zone, name)));
        call.Xml.List("availabilityZoneInfo", zones, zone => call.Xml
            .Value("optInStatus", "opt-in-not-required")
            .Values("messageSet", [])
            .Value("regionName", Zones.Region)
            .Value("zoneName", zone.Name)
            .Value("zoneId", zone.Id)
            .Value("groupName", Zones.Region + "-zg-1")
            .Value("networkBorderGroup", Zones.Region)
            .Value("zoneType", "availability-zone")
            .Value("zoneState", "available"));
    }

    private static IEnumerable<string?>? ValuesOf(Zone zone, string filter) => filter switch
    {
        "zone-name" => [zone.Name],
        "zone-id" => [zone.Id],
        "region-name" => [Zones.Region],
        "state" => ["available"],
        "zone-type" => ["availability-zone"],
        "opt-in-status" => ["opt-in-not-required"],
        _ => null,
    };
}
