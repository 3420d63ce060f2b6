using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>Everything about multipart uploads but their completion.</summary>
public static class MultipartOperations
{
    private const int MostParts = 10_000;

    public static async Task CreateAsync(S3Call call)
    {
        var named = call.Header("x-amz-checksum-algorithm");
        var algorithm = named is null ? Checksum.Default : Checksum.Named(named);
        // CRC64NVME cannot be composed, hashes cannot be anything else, and the 32-bit CRCs are composed unless the caller says otherwise
        var composite = algorithm switch
        {
            "CRC64NVME" => false,
            "SHA1" or "SHA256" => true,
            _ => call.Header("x-amz-checksum-type") is not "FULL_OBJECT",
        };
        var upload = call.Bucket.Uploads.Create(id => new MultipartUpload(id, call.Key, call.Now, algorithm, composite, named is not null, call.KeptHeaders()));
        call.Answer["x-amz-checksum-algorithm"] = algorithm;
        call.Answer["x-amz-checksum-type"] = composite ? "COMPOSITE" : "FULL_OBJECT";
        await call.WriteAsync("InitiateMultipartUploadResult", xml => xml.Value("Bucket", call.BucketName).Value("Key", call.Key).Value("UploadId", upload.Id));
    }

    public static async Task UploadPartAsync(S3Call call)
    {
        var bucket = call.Bucket;
        var number = call.Number("partNumber", 1, MostParts, 0);
        var (upload, _) = bucket.Uploads.Find(call.Query["uploadId"], call.Key);
        using var body = call.Body(upload.Algorithm);
        if (upload.Named && !string.Equals(body.Algorithm, upload.Algorithm, StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("InvalidRequest", $"Checksum Type mismatch occurred, expected checksum Type: {upload.Algorithm.ToLowerInvariant()}, actual checksum Type: {body.Algorithm.ToLowerInvariant()}");
        }

        var blob = await bucket.Blobs.WriteAsync(body, call.Stop);
        try
        {
            bucket.Uploads.Put(upload.Id, call.Key, new UploadPart(number, blob, call.Now));
        }
        catch
        {
            bucket.Blobs.Delete(blob.Name);
            throw;
        }

        call.Tell(blob.Md5);
        call.Answer[blob.Checksum.Header] = blob.Checksum.Value;
    }

    public static Task AbortAsync(S3Call call)
    {
        call.Bucket.Uploads.Remove(call.Query["uploadId"], call.Key);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public static Task ListPartsAsync(S3Call call)
    {
        var (upload, parts) = call.Bucket.Uploads.Find(call.Query["uploadId"], call.Key);
        var after = call.Number("part-number-marker", 0, MostParts, 0);
        var most = call.Number("max-parts", 1, 1000, 1000);
        var rest = parts.Where(part => part.Number > after).ToList();
        var page = rest.Take(most).ToList();
        return call.WriteAsync("ListPartsResult", xml =>
        {
            xml.Value("Bucket", call.BucketName).Value("Key", call.Key).Value("UploadId", upload.Id).Value("PartNumberMarker", after).Value("MaxParts", most)
                .Value("IsTruncated", rest.Count > page.Count).Value("ChecksumAlgorithm", upload.Algorithm).Value("ChecksumType", upload.Composite ? "COMPOSITE" : "FULL_OBJECT");
            xml.Optional("NextPartNumberMarker", page.Count == 0 ? null : FormattableString.Invariant($"{page[^1].Number}"));
            foreach (var part in page)
            {
                xml.Structure("Part", () => xml
                    .Value("PartNumber", part.Number)
                    .Value("LastModified", part.LastModified)
                    .Value("ETag", S3Call.Quoted(part.Blob.Md5))
                    .Value("Size", part.Blob.Size)
                    .Value("Checksum" + part.Blob.Checksum.Algorithm, part.Blob.Checksum.Value));
            }
        });
    }

    public static Task ListUploadsAsync(S3Call call)
    {
        var prefix = call.Query.GetValueOrDefault("prefix", string.Empty);
        var uploads = call.Bucket.Uploads.All.Where(upload => upload.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return call.WriteAsync("ListMultipartUploadsResult", xml =>
        {
            xml.Value("Bucket", call.BucketName).Value("Prefix", prefix).Value("MaxUploads", uploads.Count).Value("IsTruncated", false);
            foreach (var upload in uploads)
            {
                xml.Structure("Upload", () => xml.Value("Key", upload.Key).Value("UploadId", upload.Id).Value("Initiated", upload.Initiated).Value("StorageClass", "STANDARD"));
            }
        });
    }
}
