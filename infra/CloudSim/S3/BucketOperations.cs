using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

public static class BucketOperations
{
    public static Task ListBucketsAsync(S3Call call) => call.WriteAsync("ListAllMyBucketsResult", xml => xml
        .Structure("Owner", () => xml.Value("ID", Cloud.AccountId))
        .List("Buckets", call.Store.All, bucket => xml.Value("Name", bucket.Name).Value("CreationDate", bucket.CreatedAt).Value("BucketRegion", Zones.Region), "Bucket"));

    public static async Task CreateAsync(S3Call call)
    {
        using var body = call.Body();
        await body.ReadAllAsync(64 * 1024, call.Stop);
        call.Store.Create(call.BucketName);
        call.Answer.Location = "/" + call.BucketName;
    }

    public static Task HeadAsync(S3Call call)
    {
        _ = call.Bucket;
        call.Answer["x-amz-bucket-region"] = Zones.Region;
        return Task.CompletedTask;
    }

    public static Task DeleteAsync(S3Call call)
    {
        call.Store.Delete(call.BucketName);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>us-east-1 is told as nothing, for history's sake.</summary>
    public static Task LocationAsync(S3Call call)
    {
        _ = call.Bucket;
        return call.WriteAsync("LocationConstraint", _ => { });
    }
}
