using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace OptiInfra.Aws.Pipeline;

/// <summary>
/// Configuration that the EC2 and CloudWatch clients share: all of <see cref="ClientConfig"/> (region, ServiceURL, profile, retries,
/// proxies), plus the sources of time and chance that make their retries repeatable. Endpoints come from ServiceURL, else
/// AWS_ENDPOINT_URL_EC2 or _CLOUDWATCH, else AWS_ENDPOINT_URL, else the region.
/// </summary>
public abstract class QueryClientConfig : ClientConfig
{
    private static readonly string UserAgentText = InternalSDKUtils.BuildUserAgentString("OptiInfra.Aws", "1.0");

    private protected QueryClientConfig(string serviceId, string signingName, string hostName)
        : base(new StandardDefaults())
    {
        ServiceId = serviceId;
        AuthenticationServiceName = signingName;
        EndpointProvider = new RegionalEndpointProvider(hostName);
        RegionEndpointServiceName = hostName;
    }

    public override string RegionEndpointServiceName { get; }

    public override string UserAgent => UserAgentText;

    /// <summary>The clock that backoff and the token buckets run on. Signatures are dated by AWSSDK.Core's own clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Numbers in [0, 1) that spread retries; give a seeded source to make them repeatable. Called from any thread.</summary>
    public Func<double> Jitter { get; set; } = static () => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);

    /// <summary>Idempotency tokens for requests that were given none.</summary>
    public Func<string> NewIdempotencyToken { get; set; } = static () => Guid.NewGuid().ToString();

    /// <summary>The pause before the first retry is at most this long, and at most doubles with each further one.</summary>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>No pause before a retry is longer than this.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Holds back calls that the account's limits would throttle. Null gives the client buckets of its own; share one among the clients of
    /// an account and region; <see cref="RequestThrottle.None"/> sends everything at once.
    /// </summary>
    public RequestThrottle? Throttle { get; set; }

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters)
    {
        var region = (parameters?.AlternateEndpoint ?? RegionEndpoint)?.SystemName ?? AuthenticationRegion;
        return EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.Parameters(this, region));
    }

    // The SDK's generated clients carry a table of "defaults modes"; standard is the one that its documentation recommends.
    private sealed class StandardDefaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) =>
            new DefaultConfiguration
            {
                Name = DefaultConfigurationMode.Standard,
                RetryMode = RequestRetryMode.Standard,
                ConnectTimeout = TimeSpan.FromMilliseconds(3100),
                TlsNegotiationTimeout = TimeSpan.FromMilliseconds(3100),
            };
    }
}
