using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>Makes an object of the parts that the caller names, in their order.</summary>
public static class CompleteMultipartUpload
{
    /// <summary>S3's least size of every part but the last.</summary>
    private const long LeastPart = 5 * 1024 * 1024;

    public static async Task AnswerAsync(S3Call call)
    {
        var bucket = call.Bucket;
        var condition = bucket.Begin(call.Key, call.Header("if-match"), call.Header("if-none-match"));
        var (upload, known) = bucket.Uploads.Find(call.Query["uploadId"], call.Key);
        var parts = Chosen(await call.DocumentAsync(), known);
        var size = parts.Sum(part => part.Blob.Size);
        if (call.Header("x-amz-mp-object-size") is { } told && !string.Equals(told, size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("InvalidRequest", "The provided 'x-amz-mp-object-size' header value does not match what was computed.");
        }

        var (blob, whole) = await bucket.Blobs.JoinAsync(parts.Select(part => part.Blob.Name), upload.Algorithm, call.Stop);
        var item = new StoredObject(
            call.Key,
            blob,
            size,
            ETag(parts),
            call.Now,
            upload.Composite ? Checksum.Compose(upload.Algorithm, [.. parts.Select(part => part.Blob.Checksum.Value)]) : whole,
            upload.Headers);
        if (call.Header(item.Checksum.Header) is { } promised && !string.Equals(promised, item.Checksum.Value, StringComparison.Ordinal))
        {
            bucket.Blobs.Delete(blob);
            throw CloudRefusalException.Invalid("BadDigest", $"The {upload.Algorithm} you specified did not match the calculated checksum.");
        }

        WriteObjects.Commit(bucket, item, condition);
        bucket.Uploads.Remove(upload.Id, call.Key);
        await call.WriteAsync("CompleteMultipartUploadResult", xml => xml
            .Value("Location", "/" + call.BucketName + "/" + Uri.EscapeDataString(call.Key))
            .Value("Bucket", call.BucketName)
            .Value("Key", call.Key)
            .Value("ETag", S3Call.Quoted(item.ETag))
            .Value("Checksum" + item.Checksum.Algorithm, item.Checksum.Value)
            .Value("ChecksumType", item.Checksum.Type));
    }

    private static List<UploadPart> Chosen(XElement document, IReadOnlyList<UploadPart> known)
    {
        var chosen = new List<UploadPart>();
        foreach (var element in document.Elements().Where(element => element.Name.LocalName is "Part"))
        {
            var fields = element.Elements().ToDictionary(field => field.Name.LocalName, field => field.Value, StringComparer.Ordinal);
            if (!int.TryParse(fields.GetValueOrDefault("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || known.FirstOrDefault(part => part.Number == number) is not { } part
                || !string.Equals(fields.GetValueOrDefault("ETag")?.Trim('"'), part.Blob.Md5, StringComparison.Ordinal)
                || (fields.GetValueOrDefault("Checksum" + part.Blob.Checksum.Algorithm) is { } checksum && !string.Equals(checksum, part.Blob.Checksum.Value, StringComparison.Ordinal)))
            {
                throw CloudRefusalException.Invalid("InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
            }

            if (chosen.Count > 0 && chosen[^1].Number >= number)
            {
                throw CloudRefusalException.Invalid("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");
            }

            chosen.Add(part);
        }

        if (chosen.Count == 0)
        {
            throw CloudRefusalException.Invalid("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
        }

        return chosen.SkipLast(1).Any(part => part.Blob.Size < LeastPart)
            ? throw CloudRefusalException.Invalid("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
            : chosen;
    }

    /// <summary>The MD5 of the parts' MD5s, and how many there are.</summary>
    private static string ETag(IReadOnlyCollection<UploadPart> parts)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var part in parts)
        {
            md5.AppendData(Convert.FromHexString(part.Blob.Md5));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(md5.GetCurrentHash())}-{parts.Count}");
    }
}
