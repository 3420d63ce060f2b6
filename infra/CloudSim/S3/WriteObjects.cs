namespace OptiInfra.CloudSim.S3;

/// <summary>PutObject and DeleteObject.</summary>
public static class WriteObjects
{
    public static async Task PutAsync(S3Call call)
    {
        var bucket = call.Bucket;
        var condition = bucket.Begin(call.Key, call.Header("if-match"), call.Header("if-none-match"));
        using var body = call.Body();
        var blob = await bucket.Blobs.WriteAsync(body, call.Stop);
        Commit(bucket, new StoredObject(call.Key, blob.Name, blob.Size, blob.Md5, call.Now, blob.Checksum, call.KeptHeaders()), condition);
        call.Tell(blob.Md5);
        call.Tell(blob.Checksum);
    }

    public static Task DeleteAsync(S3Call call)
    {
        call.Bucket.Delete(call.Key, call.Header("if-match"));
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Puts the object under its key; data of one that is refused are deleted.</summary>
    public static void Commit(Bucket bucket, StoredObject item, WriteCondition condition)
    {
        try
        {
            bucket.Put(item, condition);
        }
        catch
        {
            bucket.Blobs.Delete(item.Blob);
            throw;
        }
    }
}
