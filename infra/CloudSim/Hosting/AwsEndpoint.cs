using System.Security.Cryptography;
using OptiInfra.CloudSim.CloudWatch;
using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>POST / : reads a signed AWS request, finds out which service is meant and answers in its protocol.</summary>
public sealed class AwsEndpoint(Cloud cloud, SignatureV4 signatures)
{
    private const int LargestBody = 4 * 1024 * 1024;

    /// <summary>An answer; null bytes mean that the connection breaks instead.</summary>
    private sealed record Answer(int Status, byte[]? Body, string RequestId);

    public async Task HandleAsync(HttpContext context)
    {
        var body = await ReadBodyAsync(context.Request);
        if (body is null)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        var request = SignedRequest.Of(context, body);
        var protocol = ProtocolOf(request);
        var verdict = signatures.Check(request);
        var answer = cloud.Enter(now => Work(protocol, request, verdict, now));
        if (answer.Body is null)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = protocol.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        context.Response.Headers["x-amzn-RequestId"] = answer.RequestId;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>The service is named by the signature's scope; an unsigned request betrays itself by its version.</summary>
    private static IAwsProtocol ProtocolOf(SignedRequest request)
    {
        if (request.Header("x-amz-target") is not null)
        {
            return new CloudWatchJsonProtocol();
        }

        return AuthorizationHeader.Parse(request.Header("authorization")) switch
        {
            { Service: "monitoring" } => new CloudWatchProtocol(),
            null when QueryParameters.Parse(request.Body.Span)["Version"] is CloudWatchProtocol.Version => new CloudWatchProtocol(),
            _ => new Ec2Protocol(),
        };
    }

    private Answer Work(IAwsProtocol protocol, SignedRequest signed, SignatureVerdict verdict, DateTimeOffset now)
    {
        var requestId = RequestId(signed, now);
        try
        {
            if (verdict is not SignatureVerdict.Valid)
            {
                throw protocol.Refuse(verdict);
            }

            var (named, parameters) = protocol.Read(signed.Body.ToArray(), signed.Header("x-amz-target"));
            var action = named ?? throw new CloudRefusalException("MissingAction", 400, "The request must contain the parameter Action");
            cloud.CountCall(action);
            if (!cloud.Rates.Admit(action, IsUnfiltered(parameters), now))
            {
                throw protocol.Throttled();
            }

            var fault = cloud.Faults.Hit<ApiFault>(now, (candidate, _) => Wildcard.Matches(candidate.Action, action));
            if (fault is { LoseResponse: false })
            {
                throw new CloudRefusalException(fault.Code, fault.Status, fault.Message);
            }

            var bytes = protocol.Answer(action, parameters, cloud, now, requestId);
            return new Answer(200, fault is null ? bytes : null, requestId);
        }
        catch (CloudRefusalException refusal)
        {
            return new Answer(refusal.Status, protocol.Error(refusal, requestId), requestId);
        }
    }

    /// <summary>AWS gives Describe calls without ids, filters and paging a smaller bucket.</summary>
    private static bool IsUnfiltered(QueryParameters parameters) =>
        !parameters.Has("Filter") && !parameters.Has("InstanceId") && parameters["MaxResults"] is null;

    private string RequestId(SignedRequest request, DateTimeOffset now)
    {
        var asked = request.Header("x-amz-target") + Convert.ToHexString(SHA256.HashData(request.Body.Span));
        var hex = Draw.Hex(cloud.Seed, "request", asked, now.ToUnixTimeMilliseconds(), 32);
        return Guid.ParseExact(hex, "N").ToString("D");
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > LargestBody)
            {
                return null;
            }
        }

        return buffer.ToArray();
    }
}
