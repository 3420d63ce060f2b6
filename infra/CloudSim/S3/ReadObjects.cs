using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>GetObject and HeadObject, whole or a range of bytes.</summary>
public static class ReadObjects
{
    public static async Task GetAsync(S3Call call)
    {
        if (call.Bucket.Open(call.Key) is not { } found)
        {
            throw new CloudRefusalException("NoSuchKey", 404, "The specified key does not exist.");
        }

        await using var data = found.Data;
        var item = found.Object;
        call.Tell(item.ETag);
        call.Answer.LastModified = item.LastModified.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
        Check(call, item);

        var (from, count) = Range(call, item.Size);
        foreach (var (name, value) in item.Headers)
        {
            call.Answer[name] = value;
        }

        call.Answer.AcceptRanges = "bytes";
        if (string.Equals(call.Header("x-amz-checksum-mode"), "ENABLED", StringComparison.OrdinalIgnoreCase) && count == item.Size)
        {
            call.Tell(item.Checksum);
        }

        call.Context.Response.ContentLength = count;
        if (HttpMethods.IsHead(call.Context.Request.Method))
        {
            return;
        }

        data.Seek(from, SeekOrigin.Begin);
        var chunk = new byte[64 * 1024];
        for (var left = count; left > 0;)
        {
            var read = await data.ReadAsync(chunk.AsMemory(0, (int)Math.Min(chunk.Length, left)), call.Stop);
            await call.Context.Response.Body.WriteAsync(chunk.AsMemory(0, read), call.Stop);
            left -= read;
        }
    }

    private static void Check(S3Call call, StoredObject item)
    {
        if (call.Header("if-match") is { } match && match is not "*" && !string.Equals(match.Trim('"'), item.ETag, StringComparison.Ordinal))
        {
            throw new CloudRefusalException("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold");
        }

        if (call.Header("if-none-match") is { } none && (none is "*" || string.Equals(none.Trim('"'), item.ETag, StringComparison.Ordinal)))
        {
            throw new CloudRefusalException("NotModified", 304, "Not Modified");
        }
    }

    /// <summary>One range as in bytes=0-99, bytes=100- or bytes=-100; whatever else is asked for, S3 answers with the whole.</summary>
    private static (long From, long Count) Range(S3Call call, long size)
    {
        var text = call.Header("range");
        if (text is null || !text.StartsWith("bytes=", StringComparison.Ordinal) || text["bytes=".Length..].Split('-') is not [var first, var last])
        {
            return (0, size);
        }

        var hasFirst = long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var begin);
        var hasLast = long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var end);
        if ((!hasFirst && !hasLast) || (hasFirst && hasLast && end < begin))
        {
            return (0, size);
        }

        if (!hasFirst)
        {
            (begin, end) = (Math.Max(0, size - end), end == 0 ? -1 : size - 1);
        }

        end = hasLast ? Math.Min(end, size - 1) : size - 1;
        if (begin >= size || end < begin)
        {
            call.Answer.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            throw new CloudRefusalException("InvalidRange", 416, "The requested range is not satisfiable");
        }

        call.Context.Response.StatusCode = StatusCodes.Status206PartialContent;
        call.Answer.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {begin}-{end}/{size}");
        return (begin, end - begin + 1);
    }
}
