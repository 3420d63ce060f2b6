using System.Net;
using Amazon.Runtime;
using Amazon.S3.Model;

namespace OptiInfra.CloudSim.Tests;

public sealed class S3ConditionTests
{
    [Fact]
    public async Task Only_the_first_of_many_makes_an_object_that_must_not_be_there()
    {
        await using var scene = await S3Scene.StartAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            try
            {
                return (int)(await scene.PutAsync("manifest", "writer " + number, request => request.IfNoneMatch = "*")).HttpStatusCode;
            }
            catch (AmazonServiceException error)
            {
                return (int)error.StatusCode;
            }
        }));
        Assert.Equal(1, outcomes.Count(status => status == 200));
        Assert.Equal(19, outcomes.Count(status => status == 412));
    }

    [Fact]
    public async Task A_pointer_moves_only_from_where_its_mover_saw_it()
    {
        await using var scene = await S3Scene.StartAsync();
        var first = await scene.PutAsync("LATEST", "one", request => request.IfNoneMatch = "*");
        var second = await scene.PutAsync("LATEST", "two", request => request.IfMatch = first.ETag);
        Assert.Equal((412, "PreconditionFailed"), await S3Scene.RefusedAsync(() => scene.PutAsync("LATEST", "three", request => request.IfMatch = first.ETag)));
        Assert.Equal("two", await scene.ReadAsync("LATEST"));
        Assert.Equal((404, "NoSuchKey"), await S3Scene.RefusedAsync(() => scene.PutAsync("NONE", "x", request => request.IfMatch = second.ETag)));
        Assert.Equal((412, "PreconditionFailed"), await S3Scene.RefusedAsync(() => scene.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = S3Scene.Bucket, Key = "LATEST", IfMatch = first.ETag })));
    }

    [Fact]
    public async Task A_deletion_while_the_data_come_is_a_conflict()
    {
        using var folder = new Hosting.DataFolder(kept: null);
        var bucket = new S3.Bucket(folder.Folder("race"));
        var condition = bucket.Begin("contested", ifMatch: null, ifNoneMatch: "*");
        using var body = Body("late");
        var blob = await bucket.Blobs.WriteAsync(body, default);
        var item = new S3.StoredObject("contested", blob.Name, blob.Size, blob.Md5, DateTimeOffset.UnixEpoch, blob.Checksum, new Dictionary<string, string>(StringComparer.Ordinal));
        var other = await bucket.Blobs.CopyAsync(new MemoryStream([1]), "CRC32", default);
        bucket.Put(item with { Blob = other.Name }, bucket.Begin("contested", ifMatch: null, ifNoneMatch: null));
        bucket.Delete("contested", ifMatch: null);
        Assert.Equal(409, Assert.Throws<Instances.CloudRefusalException>(() => bucket.Put(item, condition)).Status);
    }

    [Theory]
    [InlineData("If-Match", HttpStatusCode.PreconditionFailed)]
    [InlineData("If-None-Match", HttpStatusCode.NotModified)]
    public async Task Reading_takes_conditions_too(string header, HttpStatusCode status)
    {
        await using var scene = await S3Scene.StartAsync();
        var put = await scene.PutAsync("read", "x");
        var request = new GetObjectRequest { BucketName = S3Scene.Bucket, Key = "read" };
        _ = header is "If-Match" ? request.EtagToMatch = "\"another\"" : request.EtagToNotMatch = put.ETag;
        var error = await Assert.ThrowsAnyAsync<AmazonServiceException>(() => scene.Client.GetObjectAsync(request));
        Assert.Equal(status, error.StatusCode);
    }

    private static S3.S3Body Body(string text)
    {
        var signed = new Signing.SignedRequest("PUT", "/race/contested", string.Empty, name => name is "x-amz-content-sha256" ? "UNSIGNED-PAYLOAD" : null, default);
        return new S3.S3Body(signed, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), new Signing.SignatureV4(new("a", "b"), TimeProvider.System), "CRC64NVME");
    }
}
