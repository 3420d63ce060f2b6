using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace OptiInfra.CloudSim.Tests;

public sealed class S3ObjectTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("with space/and+plus&more=?#.json")]
    [InlineData("ünïcödé/日本語/😀")]
    [InlineData("dots/../and//double")]
    public async Task What_is_put_is_got(string key)
    {
        await using var scene = await S3Scene.StartAsync();
        var put = await scene.PutAsync(key, "content of " + key, request =>
        {
            request.ContentType = "text/plain; charset=utf-8";
            request.Metadata["step"] = "50";
        });
        using var got = await scene.Client.GetObjectAsync(S3Scene.Bucket, key);
        using var reader = new StreamReader(got.ResponseStream);
        Assert.Equal("content of " + key, await reader.ReadToEndAsync());
        Assert.Equal(put.ETag, got.ETag);
        Assert.Equal("\"" + Convert.ToHexStringLower(S3Scene.Md5("content of " + key)) + "\"", put.ETag);
        Assert.Equal("text/plain; charset=utf-8", got.Headers.ContentType);
        Assert.Equal("50", got.Metadata["step"]);
        Assert.Null(got.Headers.ContentEncoding is { Length: > 0 } encoding ? encoding : null);
        Assert.Equal(key, (await scene.Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = S3Scene.Bucket })).S3Objects.Single().Key);
    }

    // the check values of the algorithms' specifications, of the text 123456789
    [Theory]
    [InlineData("CRC32", "CBF43926")]
    [InlineData("CRC32C", "E3069283")]
    [InlineData("CRC64NVME", "AE8B14860A799888")]
    [InlineData("SHA1", "F7C3BC1D808E04732ADF679965CCC34CA7AE3441")]
    [InlineData("SHA256", "15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225")]
    public async Task A_checksum_is_checked_and_told(string algorithm, string check)
    {
        await using var scene = await S3Scene.StartAsync();
        var value = Convert.ToBase64String(Convert.FromHexString(check));
        var put = await scene.PutAsync("checked", "123456789", request => With(request, algorithm, value));
        Assert.Equal(value, Told(put, algorithm));
        Assert.Equal((400, "BadDigest"), await S3Scene.RefusedAsync(() => scene.PutAsync("wrong", "123456780", request => With(request, algorithm, value))));
        Assert.Equal((404, "NotFound"), await S3Scene.RefusedAsync(() => scene.Client.GetObjectMetadataAsync(S3Scene.Bucket, "wrong")));
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public async Task A_checksum_that_the_client_takes_itself_is_the_same(string algorithm)
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.PutAsync("checked", "123456789", request => request.ChecksumAlgorithm = ChecksumAlgorithm.FindValue(algorithm));
        // reading compares what came with the checksum that is kept
        Assert.Equal("123456789", await scene.ReadAsync("checked"));
    }

    [Fact]
    public async Task Content_md5_is_checked()
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.PutAsync("right", "x", request => request.MD5Digest = Convert.ToBase64String(S3Scene.Md5("x")));
        Assert.Equal((400, "BadDigest"), await S3Scene.RefusedAsync(() => scene.PutAsync("wrong", "x", request => request.MD5Digest = Convert.ToBase64String(S3Scene.Md5("y")))));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_large_stream_comes_through_in_every_framing(bool chunked, bool checksums)
    {
        await using var scene = await S3Scene.StartAsync(configure: config =>
            config.RequestChecksumCalculation = checksums ? RequestChecksumCalculation.WHEN_SUPPORTED : RequestChecksumCalculation.WHEN_REQUIRED);
        var content = RandomNumberGenerator.GetBytes(3_000_001);
        await scene.Client.PutObjectAsync(new PutObjectRequest { BucketName = S3Scene.Bucket, Key = "large", InputStream = new MemoryStream(content), UseChunkEncoding = chunked });
        using var got = await scene.Client.GetObjectAsync(S3Scene.Bucket, "large");
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read);
        Assert.Equal(content, read.ToArray());
    }

    [Theory]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=90-", 90, 10)]
    [InlineData("bytes=-5", 95, 5)]
    [InlineData("bytes=50-1000", 50, 50)]
    public async Task A_range_is_a_part_of_the_object(string range, int from, int count)
    {
        await using var scene = await S3Scene.StartAsync();
        var content = string.Concat(Enumerable.Range(0, 100).Select(number => (char)('!' + (number % 90))));
        await scene.PutAsync("ranged", content);
        using var got = await scene.Client.GetObjectAsync(new GetObjectRequest { BucketName = S3Scene.Bucket, Key = "ranged", ByteRange = new ByteRange(range) });
        using var reader = new StreamReader(got.ResponseStream);
        Assert.Equal(content.Substring(from, count), await reader.ReadToEndAsync());
        Assert.Equal(HttpStatusCode.PartialContent, got.HttpStatusCode);
        Assert.Equal($"bytes {from}-{from + count - 1}/100", got.ContentRange);
    }

    [Fact]
    public async Task A_range_beyond_the_end_is_refused()
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.PutAsync("short", "abc");
        Assert.Equal((416, "InvalidRange"), await S3Scene.RefusedAsync(() => scene.Client.GetObjectAsync(new GetObjectRequest { BucketName = S3Scene.Bucket, Key = "short", ByteRange = new ByteRange("bytes=3-") })));
    }

    [Fact]
    public async Task A_list_pages_and_groups()
    {
        await using var scene = await S3Scene.StartAsync();
        string[] keys = ["a", "job-1/data/50", "job-1/data/100", "job-1/manifests/50", "job-10/x", "job-2/y", "z", "job-1"];
        foreach (var key in keys)
        {
            await scene.PutAsync(key, key);
        }

        for (var size = 1; size <= 9; size++)
        {
            Assert.Equal(keys.Order(StringComparer.Ordinal), (await AllAsync(scene, new ListObjectsV2Request { MaxKeys = size })).Keys);
            var (inJob, below) = await AllAsync(scene, new ListObjectsV2Request { MaxKeys = size, Prefix = "job-1", Delimiter = "/" });
            Assert.Equal(["job-1"], inJob);
            Assert.Equal(["job-1/", "job-10/"], below);
        }

        var after = await AllAsync(scene, new ListObjectsV2Request { StartAfter = "job-1/manifests/50" });
        Assert.Equal(["job-10/x", "job-2/y", "z"], after.Keys);
    }

    [Fact]
    public async Task Objects_are_copied_and_deleted_one_by_one_or_together()
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.PutAsync("old name", "content", request => request.Metadata["kept"] = "yes");
        var copy = await scene.Client.CopyObjectAsync(S3Scene.Bucket, "old name", S3Scene.Bucket, "new name");
        Assert.Equal("\"" + Convert.ToHexStringLower(S3Scene.Md5("content")) + "\"", copy.ETag);
        Assert.Equal("yes", (await scene.Client.GetObjectMetadataAsync(S3Scene.Bucket, "new name")).Metadata["kept"]);
        await scene.Client.DeleteObjectAsync(S3Scene.Bucket, "old name");
        await scene.Client.DeleteObjectAsync(S3Scene.Bucket, "never was");
        Assert.Equal("content", await scene.ReadAsync("new name"));
        Assert.Equal((404, "NoSuchKey"), await S3Scene.RefusedAsync(() => scene.ReadAsync("old name")));

        Assert.Equal((409, "BucketNotEmpty"), await S3Scene.RefusedAsync(() => scene.Client.DeleteBucketAsync(S3Scene.Bucket)));
        await scene.PutAsync("more", "x");
        var deleted = await scene.Client.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = S3Scene.Bucket, Objects = [new() { Key = "more" }, new() { Key = "new name" }, new() { Key = "never was" }] });
        Assert.Equal(3, deleted.DeletedObjects.Count);
        await scene.Client.DeleteBucketAsync(S3Scene.Bucket);
        Assert.Equal((404, "NoSuchBucket"), await S3Scene.RefusedAsync(() => scene.PutAsync("a", "b")));
    }

    [Fact]
    public async Task Buckets_are_listed_and_may_be_made_twice()
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.Client.PutBucketAsync("control");
        await scene.Client.PutBucketAsync("control");
        await scene.Client.PutObjectAsync(new PutObjectRequest { BucketName = "control", Key = "state", ContentBody = "an object, not the control API" });
        Assert.Equal([S3Scene.Bucket, "control"], (await scene.Client.ListBucketsAsync()).Buckets.Select(bucket => bucket.BucketName));
        Assert.Equal((400, "InvalidBucketName"), await S3Scene.RefusedAsync(() => scene.Client.PutBucketAsync("Not_A_Bucket")));
    }

    [Fact]
    public async Task Objects_outlive_the_cloud_that_took_them()
    {
        var folder = Directory.CreateTempSubdirectory("cloudsim-test-");
        try
        {
            string upload;
            await using (var scene = await S3Scene.StartAsync(new() { DataFolder = folder.FullName }))
            {
                await scene.PutAsync("kept/first", "one");
                await scene.PutAsync("kept/second", "two");
                await scene.PutAsync("kept/first", "changed");
                await scene.Client.DeleteObjectAsync(S3Scene.Bucket, "kept/second");
                upload = (await scene.Client.InitiateMultipartUploadAsync(S3Scene.Bucket, "parts")).UploadId;
                await scene.Client.UploadPartAsync(new UploadPartRequest { BucketName = S3Scene.Bucket, Key = "parts", UploadId = upload, PartNumber = 1, InputStream = new MemoryStream([1, 2, 3]) });
            }

            // what a crash in the middle of a write leaves
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "s3", S3Scene.Bucket, "blobs", "0123.new"), "half");
            await using var again = await S3Scene.StartAsync(new() { DataFolder = folder.FullName });
            Assert.Equal("changed", await again.ReadAsync("kept/first"));
            Assert.Equal(["kept/first"], (await AllAsync(again, new ListObjectsV2Request())).Keys);
            var parts = await again.Client.ListPartsAsync(S3Scene.Bucket, "parts", upload);
            Assert.Equal(3, parts.Parts.Single().Size);
            Assert.Equal(2, Directory.GetFiles(Path.Combine(folder.FullName, "s3", S3Scene.Bucket, "blobs")).Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_wrong_secret_and_a_changed_body_are_refused()
    {
        await using var scene = await S3Scene.StartAsync();
        using var stranger = S3Scene.ClientOf(scene.Cloud, secret: "wrong");
        Assert.Equal((403, "SignatureDoesNotMatch"), await S3Scene.RefusedAsync(() => stranger.PutObjectAsync(new PutObjectRequest { BucketName = S3Scene.Bucket, Key = "a", ContentBody = "b" })));
        using var unsigned = new HttpRequestMessage(HttpMethod.Put, $"/{S3Scene.Bucket}/a") { Content = new StringContent("b") };
        unsigned.Headers.Add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        using var response = await scene.Cloud.Http.SendAsync(unsigned);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("<Code>AccessDenied</Code>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty((await AllAsync(scene, new ListObjectsV2Request())).Keys);
    }

    private static void With(PutObjectRequest request, string algorithm, string value) => _ = algorithm switch
    {
        "CRC32" => request.ChecksumCRC32 = value,
        "CRC32C" => request.ChecksumCRC32C = value,
        "CRC64NVME" => request.ChecksumCRC64NVME = value,
        "SHA1" => request.ChecksumSHA1 = value,
        _ => request.ChecksumSHA256 = value,
    };

    private static string Told(PutObjectResponse put, string algorithm) => algorithm switch
    {
        "CRC32" => put.ChecksumCRC32,
        "CRC32C" => put.ChecksumCRC32C,
        "CRC64NVME" => put.ChecksumCRC64NVME,
        "SHA1" => put.ChecksumSHA1,
        _ => put.ChecksumSHA256,
    };

    private static async Task<(List<string> Keys, List<string> Prefixes)> AllAsync(S3Scene scene, ListObjectsV2Request request)
    {
        request.BucketName = S3Scene.Bucket;
        var (keys, prefixes) = (new List<string>(), new List<string>());
        ListObjectsV2Response page;
        do
        {
            page = await scene.Client.ListObjectsV2Async(request);
            keys.AddRange((page.S3Objects ?? []).Select(one => one.Key));
            prefixes.AddRange(page.CommonPrefixes ?? []);
            Assert.True(page.KeyCount <= (request.MaxKeys ?? 1000));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
        return (keys, prefixes);
    }
}
