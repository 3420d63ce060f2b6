using System.Globalization;
using System.Text.Json;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Metadata;

/// <summary>What an instance can learn about itself ("Instance metadata categories", EC2 user guide).</summary>
public sealed class InstanceMetadata(InstanceCredentials credentials, TimeProvider wall)
{
    public const string Role = "cloudsim-instance";
    private static readonly TimeSpan CredentialLife = TimeSpan.FromHours(6);

    private static readonly Dictionary<string, Func<Instance, string?>> Texts = new(StringComparer.Ordinal)
    {
        ["ami-id"] = instance => instance.ImageId,
        ["ami-launch-index"] = instance => instance.LaunchIndex.ToString(CultureInfo.InvariantCulture),
        ["hostname"] = HostName,
        ["instance-action"] = instance => "none",
        ["instance-id"] = instance => instance.Id,
        ["instance-life-cycle"] = instance => instance.Spot ? "spot" : "on-demand",
        ["instance-type"] = instance => instance.Type.Name,
        ["local-hostname"] = HostName,
        ["local-ipv4"] = instance => instance.PrivateIpAddress,
        ["placement/availability-zone"] = instance => instance.Zone,
        ["placement/availability-zone-id"] = instance => Zones.Find(instance.Zone)!.Id,
        ["placement/region"] = _ => Zones.Region,
        ["reservation-id"] = instance => instance.ReservationId,
        ["spot/instance-action"] = instance => instance.Notice is { } notice ? Json(new { action = "terminate", time = Second(notice.TerminatesAt) }) : null,
        ["spot/termination-time"] = instance => instance.Notice is { } notice ? Second(notice.TerminatesAt) : null,
        ["events/recommendations/rebalance"] = instance => instance.RebalanceAt is { } at ? Json(new { noticeTime = Second(at) }) : null,
        ["iam/security-credentials/"] = _ => Role,
    };

    /// <summary>The document at a path below /latest/, or null where there is none.</summary>
    public string? Find(Instance instance, string path)
    {
        if (path.StartsWith("meta-data/", StringComparison.Ordinal))
        {
            var item = path["meta-data/".Length..];
            return item switch
            {
                "" => string.Join('\n', Texts.Where(text => text.Value(instance) is not null).Select(text => text.Key)),
                "iam/security-credentials" => Role,
                "iam/security-credentials/" + Role => Credentials(instance),
                _ when item.StartsWith("tags/instance/", StringComparison.Ordinal) => instance.Tags[item["tags/instance/".Length..]],
                _ => Texts.GetValueOrDefault(item)?.Invoke(instance),
            };
        }

        return path is "dynamic/instance-identity/document" ? Identity(instance) : null;
    }

    private static string HostName(Instance instance) => "ip-" + instance.PrivateIpAddress.Replace('.', '-') + ".ec2.internal";

    private static string Identity(Instance instance) => Json(new
    {
        accountId = instance.OwnerId,
        architecture = instance.Type.Architecture,
        availabilityZone = instance.Zone,
        imageId = instance.ImageId,
        instanceId = instance.Id,
        instanceType = instance.Type.Name,
        pendingTime = Second(instance.LaunchTime),
        privateIp = instance.PrivateIpAddress,
        region = Zones.Region,
        version = "2017-09-30",
    });

    // SDKs compare the expiry with the wall's time, not with the cloud's
    private string Credentials(Instance instance)
    {
        var credential = credentials.OfInstance(instance.Id);
        var now = wall.GetUtcNow();
        return Json(new
        {
            Code = "Success",
            LastUpdated = Second(now),
            Type = "AWS-HMAC",
            AccessKeyId = credential.AccessKey,
            SecretAccessKey = credential.SecretKey,
            Token = credential.SessionToken,
            Expiration = Second(now + CredentialLife),
        });
    }

    private static string Json(object document) => JsonSerializer.Serialize(document);

    private static string Second(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
