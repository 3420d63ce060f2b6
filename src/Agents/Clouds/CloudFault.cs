using Amazon.Runtime;

namespace OptiInfra.Agents.Clouds;

/// <summary>Tells a cloud that cannot be used now (away, throttling, refusing the credentials) from a fault of the program.</summary>
public static class CloudFault
{
    public static bool Is(Exception exception) => exception is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException;
}
