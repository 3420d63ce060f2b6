using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.S3;

/// <summary>Which request is which operation: S3 tells them apart by method, path, and single query parameters and headers.</summary>
public static class S3Operations
{
    public static (string Name, Func<S3Call, Task> Work) Find(SignedRequest request, string bucket, string key, IReadOnlyDictionary<string, string> query)
    {
        Func<string, bool> has = query.ContainsKey;
        var copies = request.Header("x-amz-copy-source") is not null;
        return (request.Method, bucket.Length > 0, key.Length > 0) switch
        {
            ("GET", false, _) => ("ListBuckets", BucketOperations.ListBucketsAsync),
            ("PUT", true, false) when query.Count == 0 => ("CreateBucket", BucketOperations.CreateAsync),
            ("HEAD", true, false) => ("HeadBucket", BucketOperations.HeadAsync),
            ("DELETE", true, false) when query.Count == 0 => ("DeleteBucket", BucketOperations.DeleteAsync),
            ("GET", true, false) when has("location") => ("GetBucketLocation", BucketOperations.LocationAsync),
            ("GET", true, false) when has("uploads") => ("ListMultipartUploads", MultipartOperations.ListUploadsAsync),
            ("GET", true, false) when query.GetValueOrDefault("list-type") is "2" => ("ListObjectsV2", ListObjects.AnswerAsync),
            ("POST", true, false) when has("delete") => ("DeleteObjects", DeleteObjects.AnswerAsync),
            ("PUT", true, true) when has("partNumber") && has("uploadId") && !copies => ("UploadPart", MultipartOperations.UploadPartAsync),
            ("PUT", true, true) when query.Keys.All(IsHarmless) && copies => ("CopyObject", CopyObject.AnswerAsync),
            ("PUT", true, true) when query.Keys.All(IsHarmless) => ("PutObject", WriteObjects.PutAsync),
            ("POST", true, true) when has("uploads") => ("CreateMultipartUpload", MultipartOperations.CreateAsync),
            ("POST", true, true) when has("uploadId") => ("CompleteMultipartUpload", CompleteMultipartUpload.AnswerAsync),
            ("DELETE", true, true) when has("uploadId") => ("AbortMultipartUpload", MultipartOperations.AbortAsync),
            ("DELETE", true, true) when query.Keys.All(IsHarmless) => ("DeleteObject", WriteObjects.DeleteAsync),
            ("GET", true, true) when has("uploadId") => ("ListParts", MultipartOperations.ListPartsAsync),
            ("GET", true, true) when query.Keys.All(IsHarmless) => ("GetObject", ReadObjects.GetAsync),
            ("HEAD", true, true) when query.Keys.All(IsHarmless) => ("HeadObject", ReadObjects.GetAsync),
            _ => throw new CloudRefusalException("NotImplemented", 501, $"{request.Method} {request.Path}?{request.Query} implies functionality that is not implemented"),
        };
    }

    /// <summary>Some SDKs name the operation in a parameter of their own.</summary>
    private static bool IsHarmless(string parameter) => parameter is "x-id";
}
