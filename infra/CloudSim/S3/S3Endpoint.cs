using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.S3;

/// <summary>S3 in its path style: reads the request, checks its signature, lets go wrong what is to go wrong, and answers.</summary>
public sealed class S3Endpoint(Cloud cloud, SignatureV4 signatures, TimeProvider wall)
{
    private readonly Lazy<ObjectStore> _store = new(() => new ObjectStore(cloud.Data.Folder("s3")));

    /// <summary>Makes a bucket that is to be there from the start.</summary>
    public void Create(string bucket) => _store.Value.Create(bucket);
    private long _requests;

    /// <summary>S3 is named by the signature's scope; an unsigned request betrays itself by a header that only S3 wants.</summary>
    public static bool IsMeant(HttpRequest request) =>
        AuthorizationHeader.Parse(request.Headers.Authorization) is { } authorization
            ? authorization.Service is "s3"
            : request.Headers.ContainsKey("x-amz-content-sha256") && request.Path != "/";

    public async Task HandleAsync(HttpContext context)
    {
        // objects may be large and come slowly
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        var signed = SignedRequest.Of(context, ReadOnlyMemory<byte>.Empty);
        var number = Interlocked.Increment(ref _requests);
        var requestId = Draw.Hex(cloud.Seed, "s3-request", signed.Method + signed.Path, number, 16).ToUpperInvariant();
        context.Response.Headers["x-amz-request-id"] = requestId;
        try
        {
            await AnswerAsync(context, signed);
        }
        catch (CloudRefusalException refusal)
        {
            await RefuseAsync(context, refusal, requestId);
        }
    }

    private async Task AnswerAsync(HttpContext context, SignedRequest signed)
    {
        if (signatures.CheckS3(signed) is var verdict and not SignatureVerdict.Valid)
        {
            throw SignatureRefusals.ForS3(verdict);
        }

        var (bucket, key) = Names(signed.Path);
        var query = Query(signed.Query);
        var (name, work) = S3Operations.Find(signed, bucket, key, query);
        var (now, fault) = cloud.Enter(at =>
        {
            cloud.CountCall("s3:" + name);
            return (at, cloud.Faults.Hit<S3Fault>(at, (candidate, _) => candidate.Matches(name, bucket, key)));
        });
        if (fault is { DelaySeconds: > 0 })
        {
            await Task.Delay(TimeSpan.FromSeconds(fault.DelaySeconds / cloud.Clock.Speed), wall, context.RequestAborted);
        }

        if (fault is { Tear: true })
        {
            // a client that has not sent its data yet would quietly try again
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Abort();
            return;
        }

        if (fault is { Code: { } code })
        {
            throw new CloudRefusalException(code, fault.Status, fault.Message);
        }

        if (fault is { LoseResponse: true })
        {
            // the work is done on a body that nobody gets to read
            context.Response.Body = Stream.Null;
        }

        await work(new S3Call(context, signed, bucket, key, query, _store.Value, signatures, now));
        if (fault is { LoseResponse: true })
        {
            context.Abort();
        }
    }

    private static async Task RefuseAsync(HttpContext context, CloudRefusalException refusal, string requestId)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = refusal.Status;
        context.Response.ContentLength = null;
        if (HttpMethods.IsHead(context.Request.Method) || refusal.Status == StatusCodes.Status304NotModified)
        {
            return;
        }

        // a client that waits for leave to send its data, or is still sending, must not take this connection for a fresh one
        if (context.Request.ContentLength > 0)
        {
            context.Response.Headers.Connection = "close";
        }

        using var xml = new ResponseXml("Error", string.Empty);
        xml.Value("Code", refusal.Code).Value("Message", refusal.Message).Value("Resource", context.Request.Path.Value).Value("RequestId", requestId);
        context.Response.ContentType = "application/xml";
        await context.Response.Body.WriteAsync(xml.ToArray(), context.RequestAborted);
    }

    private static (string Bucket, string Key) Names(string path)
    {
        var rest = path.TrimStart('/').Length == 0 ? string.Empty : path[1..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? rest : rest[..slash];
        var key = slash < 0 ? string.Empty : Uri.UnescapeDataString(rest[(slash + 1)..]);
        return System.Text.Encoding.UTF8.GetByteCount(key) <= 1024
            ? (Uri.UnescapeDataString(bucket), key)
            : throw CloudRefusalException.Invalid("KeyTooLongError", "Your key is too long");
    }

    private static Dictionary<string, string> Query(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            values[Uri.UnescapeDataString(equals < 0 ? pair : pair[..equals])] = equals < 0 ? string.Empty : Uri.UnescapeDataString(pair[(equals + 1)..].Replace('+', ' '));
        }

        return values;
    }
}
