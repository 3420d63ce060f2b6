using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using OptiInfra.CloudSim.Hosting;

namespace OptiInfra.CloudSim.Tests;

/// <summary>A cloud with a bucket, and AWS's own client of it.</summary>
internal sealed class S3Scene(BoxedCloud cloud, AmazonS3Client client) : IAsyncDisposable
{
    public const string Bucket = "checkpoints";

    public BoxedCloud Cloud => cloud;

    public AmazonS3Client Client => client;

    public static async Task<S3Scene> StartAsync(CloudSimOptions? options = null, Action<AmazonS3Config>? configure = null)
    {
        var cloud = await BoxedCloud.StartAsync(options ?? new CloudSimOptions(), realClock: true);
        var scene = new S3Scene(cloud, ClientOf(cloud, configure));
        await scene.Client.PutBucketAsync(Bucket);
        return scene;
    }

    /// <summary>A client that does not retry, so that each answer is seen.</summary>
    public static AmazonS3Client ClientOf(BoxedCloud cloud, Action<AmazonS3Config>? configure = null, string secret = "demo-secret-key")
    {
        var config = new AmazonS3Config { ServiceURL = cloud.Address.ToString(), AuthenticationRegion = "us-east-1", ForcePathStyle = true, MaxErrorRetry = 0 };
        configure?.Invoke(config);
        return new AmazonS3Client(new BasicAWSCredentials("demo-access-key", secret), config);
    }

    public Task<PutObjectResponse> PutAsync(string key, string content, Action<PutObjectRequest>? with = null)
    {
        var request = new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = content };
        with?.Invoke(request);
        return client.PutObjectAsync(request);
    }

    public async Task<string> ReadAsync(string key)
    {
        using var response = await client.GetObjectAsync(Bucket, key);
        using var reader = new StreamReader(response.ResponseStream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>The status and code of a call that must fail.</summary>
    public static async Task<(int Status, string Code)> RefusedAsync(Func<Task> call)
    {
        var error = await Assert.ThrowsAnyAsync<AmazonS3Exception>(call);
        return ((int)error.StatusCode, error.ErrorCode);
    }

    /// <summary>What S3 makes entity tags of.</summary>
    public static byte[] Md5(string text)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(Encoding.UTF8.GetBytes(text));
        return md5.GetCurrentHash();
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return cloud.DisposeAsync();
    }
}
