using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>CopyObject within this store.</summary>
public static class CopyObject
{
    public static async Task AnswerAsync(S3Call call)
    {
        var bucket = call.Bucket;
        var condition = bucket.Begin(call.Key, call.Header("if-match"), call.Header("if-none-match"));
        var (fromBucket, fromKey) = Source(call.Header("x-amz-copy-source")!);
        var source = call.Store[fromBucket];
        if (source.Open(fromKey) is not { } found)
        {
            throw new CloudRefusalException("NoSuchKey", 404, "The specified key does not exist.");
        }

        await using var data = found.Data;
        if (call.Header("x-amz-copy-source-if-match") is { } wanted && !string.Equals(wanted.Trim('"'), found.Object.ETag, StringComparison.Ordinal))
        {
            throw new CloudRefusalException("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold");
        }

        var replace = string.Equals(call.Header("x-amz-metadata-directive"), "REPLACE", StringComparison.OrdinalIgnoreCase);
        var algorithm = call.Header("x-amz-checksum-algorithm") is { } named ? Checksum.Named(named) : found.Object.Checksum.Algorithm;
        var blob = await bucket.Blobs.CopyAsync(data, algorithm, call.Stop);
        // what was uploaded in parts becomes one object, and gets the tag of one
        var copy = new StoredObject(call.Key, blob.Name, blob.Size, blob.Md5, call.Now, blob.Checksum, replace ? call.KeptHeaders() : found.Object.Headers);
        WriteObjects.Commit(bucket, copy, condition);
        await call.WriteAsync("CopyObjectResult", xml => xml
            .Value("LastModified", copy.LastModified)
            .Value("ETag", S3Call.Quoted(copy.ETag))
            .Value("Checksum" + copy.Checksum.Algorithm, copy.Checksum.Value)
            .Value("ChecksumType", copy.Checksum.Type));
    }

    private static (string Bucket, string Key) Source(string text)
    {
        var decoded = Uri.UnescapeDataString(text).TrimStart('/');
        var slash = decoded.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < decoded.Length - 1 && !decoded.Contains("?versionId=", StringComparison.Ordinal)
            ? (decoded[..slash], decoded[(slash + 1)..])
            : throw CloudRefusalException.Invalid("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    }
}
