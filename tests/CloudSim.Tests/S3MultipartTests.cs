using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;

namespace OptiInfra.CloudSim.Tests;

public sealed class S3MultipartTests
{
    private const int PartBytes = 5 * 1024 * 1024;

    [Theory]
    [InlineData("CRC32", "COMPOSITE")]
    [InlineData(null, "FULL_OBJECT")]
    [InlineData("SHA256", "COMPOSITE")]
    public async Task Parts_become_one_object(string? algorithm, string type)
    {
        await using var scene = await S3Scene.StartAsync();
        var content = RandomNumberGenerator.GetBytes((2 * PartBytes) + 1000);
        var (upload, parts) = await UploadAsync(scene, "large", content, algorithm is null ? null : ChecksumAlgorithm.FindValue(algorithm));
        var completed = await scene.Client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = S3Scene.Bucket, Key = "large", UploadId = upload, PartETags = parts });
        Assert.EndsWith("-3\"", completed.ETag, StringComparison.Ordinal);
        Assert.Equal(type, completed.ChecksumType?.Value);
        using var got = await scene.Client.GetObjectAsync(S3Scene.Bucket, "large");
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read);
        Assert.Equal(content, read.ToArray());
        Assert.Equal((404, "NoSuchUpload"), await S3Scene.RefusedAsync(() => scene.Client.ListPartsAsync(S3Scene.Bucket, "large", upload)));
    }

    [Fact]
    public async Task Completion_honours_conditions()
    {
        await using var scene = await S3Scene.StartAsync();
        var (upload, parts) = await UploadAsync(scene, "taken", [1, 2, 3], ChecksumAlgorithm.CRC32);
        await scene.PutAsync("taken", "by another");
        var request = new CompleteMultipartUploadRequest { BucketName = S3Scene.Bucket, Key = "taken", UploadId = upload, PartETags = parts, IfNoneMatch = "*" };
        Assert.Equal((412, "PreconditionFailed"), await S3Scene.RefusedAsync(() => scene.Client.CompleteMultipartUploadAsync(request)));
        Assert.Equal("by another", await scene.ReadAsync("taken"));
    }

    [Fact]
    public async Task Wrong_parts_are_refused_and_an_aborted_upload_is_gone()
    {
        await using var scene = await S3Scene.StartAsync();
        var (upload, parts) = await UploadAsync(scene, "parts", RandomNumberGenerator.GetBytes(PartBytes + 1), ChecksumAlgorithm.CRC32);
        Task Complete(List<PartETag> chosen) => scene.Client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = S3Scene.Bucket, Key = "parts", UploadId = upload, PartETags = chosen });
        Assert.Equal((400, "InvalidPart"), await S3Scene.RefusedAsync(() => Complete([new PartETag(1, parts[1].ETag)])));
        Assert.Equal((400, "InvalidPart"), await S3Scene.RefusedAsync(() => Complete([new PartETag(7, parts[1].ETag)])));
        await scene.Client.UploadPartAsync(new UploadPartRequest { BucketName = S3Scene.Bucket, Key = "parts", UploadId = upload, PartNumber = 3, InputStream = new MemoryStream([1]) });
        var listed = (await scene.Client.ListPartsAsync(S3Scene.Bucket, "parts", upload)).Parts;
        Assert.Equal([PartBytes, 1, 1], listed.Select(part => (int)part.Size!));
        Assert.Equal((400, "EntityTooSmall"), await S3Scene.RefusedAsync(() => Complete([.. listed.Select(part => new PartETag(part.PartNumber!.Value, part.ETag))])));
        await scene.Client.AbortMultipartUploadAsync(S3Scene.Bucket, "parts", upload);
        Assert.Equal((404, "NoSuchUpload"), await S3Scene.RefusedAsync(() => Complete(parts)));
    }

    [Fact]
    public async Task The_transfer_utility_uploads_and_downloads()
    {
        await using var scene = await S3Scene.StartAsync();
        var file = Path.GetTempFileName();
        try
        {
            var content = RandomNumberGenerator.GetBytes((3 * PartBytes) + 7);
            await File.WriteAllBytesAsync(file, content);
            using var transfer = new TransferUtility(scene.Client, new TransferUtilityConfig { MinSizeBeforePartUpload = PartBytes });
            await transfer.UploadAsync(new TransferUtilityUploadRequest { BucketName = S3Scene.Bucket, Key = "big", FilePath = file, PartSize = PartBytes });
            await transfer.DownloadAsync(file, S3Scene.Bucket, "big");
            Assert.Equal(content, await File.ReadAllBytesAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<(string UploadId, List<PartETag> Parts)> UploadAsync(S3Scene scene, string key, byte[] content, ChecksumAlgorithm? algorithm)
    {
        var upload = (await scene.Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = S3Scene.Bucket, Key = key, ChecksumAlgorithm = algorithm })).UploadId;
        var parts = new List<PartETag>();
        foreach (var chunk in content.Chunk(PartBytes))
        {
            var part = await scene.Client.UploadPartAsync(new UploadPartRequest { BucketName = S3Scene.Bucket, Key = key, UploadId = upload, PartNumber = parts.Count + 1, InputStream = new MemoryStream(chunk), ChecksumAlgorithm = algorithm });
            parts.Add(new PartETag(part));
        }

        return (upload, parts);
    }
}
