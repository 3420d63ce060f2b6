using System.Diagnostics;
using System.Diagnostics.Metrics;
using Amazon.Runtime;

namespace OptiInfra.Aws;

/// <summary>Meter and activity source <c>OptiInfra.Aws</c>, in the words of OpenTelemetry's conventions for RPC and the AWS SDK.</summary>
public static class AwsInstruments
{
    public const string Name = "OptiInfra.Aws";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    /// <summary>A call with all its retries, in seconds.</summary>
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("rpc.client.call.duration", "s");

    internal static async Task<T> CallAsync<T>(string service, string method, Func<Task<T>> call) where T : AmazonWebServiceResponse
    {
        using var activity = Activities.StartActivity($"{service}/{method}", ActivityKind.Client);
        activity?.SetTag("rpc.system", "aws-api").SetTag("rpc.service", service).SetTag("rpc.method", method);
        var tags = new TagList { { "rpc.system", "aws-api" }, { "rpc.service", service }, { "rpc.method", method } };
        var started = Stopwatch.GetTimestamp();
        try
        {
            var response = await call().ConfigureAwait(false);
            activity?.SetTag("aws.request_id", response.ResponseMetadata?.RequestId);
            return response;
        }
        catch (Exception e)
        {
            var kind = e is AmazonServiceException { ErrorCode: { Length: > 0 } code } ? code : e.GetType().Name;
            activity?.SetStatus(ActivityStatusCode.Error, e.Message).SetTag("error.type", kind);
            tags.Add("error.type", kind);
            throw;
        }
        finally
        {
            Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
        }
    }
}
