using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>A job's checkpoints as they lie in CloudSim's S3, see infra/training/checkpoints.py.</summary>
public sealed class JobCheckpoints(string cloudUrl, Guid job) : IDisposable
{
    public const string Bucket = "checkpoints";

    readonly AmazonS3Client s3 = new(
        new BasicAWSCredentials("demo-access-key", "demo-secret-key"),
        new AmazonS3Config { ServiceURL = cloudUrl, AuthenticationRegion = "us-east-1", ForcePathStyle = true });

    string Prefix => $"jobs/{job:D}/";

    public Task MakeBucketAsync() => s3.PutBucketAsync(Bucket);

    /// <summary>Keys of the manifests in the order of their epochs and steps.</summary>
    public async Task<IReadOnlyList<string>> ManifestsAsync()
    {
        List<string> keys = [];
        await foreach (var found in s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket, Prefix = Prefix + "manifests/" }).S3Objects)
            keys.Add(found.Key);
        return [.. keys.OrderBy(EpochOf).ThenBy(k => k, StringComparer.Ordinal)];
    }

    public static int EpochOf(string manifest) => int.Parse(manifest.Split('-', '.')[^2], CultureInfo.InvariantCulture);

    /// <summary>Who may write, by the fence.</summary>
    public async Task<int> FenceAsync() => (int)(await ReadAsync(Prefix + "FENCE"))["epoch"]!;

    /// <summary>Writes a later checkpoint that is not whole, as one of the trainer of <paramref name="manifest"/>.</summary>
    /// <param name="stepsLater">By so much it seems to be newer.</param>
    /// <param name="withData">Half of its data are there, or none.</param>
    /// <returns>The key of its manifest.</returns>
    public async Task<string> TearAsync(string manifest, int stepsLater, bool withData)
    {
        var whole = await ReadAsync(manifest);
        var data = await BytesAsync((string)whole["objects"]![0]!["key"]!);
        var step = (int)whole["step"]! + stepsLater;
        var name = string.Create(CultureInfo.InvariantCulture, $"step-{step:d8}-epoch-{(int)whole["epoch"]!:d4}");
        var digest = Convert.ToHexStringLower(SHA256.HashData(data));
        var key = $"{Prefix}data/{name}-{digest[..16]}.json";
        if (withData)
            await WriteAsync(key, data[..(data.Length / 2)]);
        var torn = new JsonObject
        {
            ["step"] = step, ["epoch"] = (int)whole["epoch"]!, ["previous"] = manifest,
            ["objects"] = new JsonArray(new JsonObject { ["key"] = key, ["sha256"] = digest, ["bytes"] = data.Length }),
        };
        await WriteAsync($"{Prefix}manifests/{name}.json", JsonSerializer.SerializeToUtf8Bytes(torn));
        return $"{Prefix}manifests/{name}.json";
    }

    /// <summary>Lets LATEST name another checkpoint, in the name of whoever it belongs to.</summary>
    public async Task PointLatestAtAsync(string manifest)
    {
        var latest = await ReadAsync(Prefix + "LATEST");
        (latest["manifest"], latest["step"]) = (manifest, int.Parse(manifest.Split("step-")[1].Split('-')[0], CultureInfo.InvariantCulture));
        await WriteAsync(Prefix + "LATEST", JsonSerializer.SerializeToUtf8Bytes(latest));
    }

    public void Dispose() => s3.Dispose();

    async Task<JsonNode> ReadAsync(string key) => JsonNode.Parse(await BytesAsync(key))!;

    async Task<byte[]> BytesAsync(string key)
    {
        using var found = await s3.GetObjectAsync(Bucket, key);
        using var bytes = new MemoryStream();
        await found.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    Task WriteAsync(string key, byte[] bytes) => s3.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = new MemoryStream(bytes) });
}
