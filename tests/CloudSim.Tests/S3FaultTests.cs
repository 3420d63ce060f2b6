namespace OptiInfra.CloudSim.Tests;

public sealed class S3FaultTests
{
    [Theory]
    [InlineData("SlowDown", 503)]
    [InlineData("ConditionalRequestConflict", 409)]
    [InlineData("PreconditionFailed", 412)]
    public async Task The_next_calls_on_a_prefix_fail(string code, int status)
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation = "PutObject", keyPrefix = "job-1/", code, status, calls = 2 });
        await scene.PutAsync("job-2/x", "unharmed");
        Assert.Equal((status, code), await S3Scene.RefusedAsync(() => scene.PutAsync("job-1/x", "1")));
        Assert.Equal((status, code), await S3Scene.RefusedAsync(() => scene.PutAsync("job-1/x", "2")));
        await scene.PutAsync("job-1/x", "3");
        Assert.Equal("3", await scene.ReadAsync("job-1/x"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_connection_breaks_before_or_after_the_effect(bool tear, bool lose)
    {
        await using var scene = await S3Scene.StartAsync();
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation = "PutObject", tear, loseResponse = lose });
        await Assert.ThrowsAnyAsync<Exception>(() => scene.PutAsync("torn", "x"));
        (await scene.Cloud.Http.DeleteAsync("/control/faults")).Dispose();
        if (lose)
        {
            Assert.Equal("x", await scene.ReadAsync("torn"));
        }
        else
        {
            Assert.Equal((404, "NoSuchKey"), await S3Scene.RefusedAsync(() => scene.ReadAsync("torn")));
        }
    }

    [Fact]
    public async Task A_completion_may_fail_in_the_body_of_a_success()
    {
        await using var scene = await S3Scene.StartAsync();
        var upload = (await scene.Client.InitiateMultipartUploadAsync(S3Scene.Bucket, "late")).UploadId;
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation = "CompleteMultipartUpload", code = "InternalError", status = 200 });
        var refusal = await S3Scene.RefusedAsync(() => scene.Client.CompleteMultipartUploadAsync(new() { BucketName = S3Scene.Bucket, Key = "late", UploadId = upload, PartETags = [new(1, "x")] }));
        Assert.Equal("InternalError", refusal.Code);
    }
}
