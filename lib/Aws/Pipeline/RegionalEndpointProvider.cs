using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;

namespace OptiInfra.Aws.Pipeline;

/// <summary>https://HOST.REGION.SUFFIX, with -fips and the dual-stack suffix as asked; or the configured endpoint as it is.</summary>
internal sealed class RegionalEndpointProvider(string hostName) : IEndpointProvider
{
    public static EndpointParameters Parameters(ClientConfig config, string? region) => new()
    {
        ["Region"] = region,
        ["UseFIPS"] = config.UseFIPSEndpoint,
        ["UseDualStack"] = config.UseDualstackEndpoint,
        ["Endpoint"] = config.ServiceURL,
    };

    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        var useFips = parameters["UseFIPS"] is true;
        var useDualStack = parameters["UseDualStack"] is true;
        if (parameters["Endpoint"] is string { Length: > 0 } endpoint)
        {
            return useFips || useDualStack
                ? throw new AmazonClientException("FIPS and dual-stack cannot be combined with a custom endpoint")
                : new Endpoint(endpoint);
        }

        if (parameters["Region"] is not string { Length: > 0 } region || Fn.Partition(region) is not { } partition)
        {
            throw new AmazonClientException(
                "No AWS region: set AWS_REGION, a region in the profile, or AWS:Region in the configuration");
        }

        if ((useFips && !partition.supportsFIPS) || (useDualStack && !partition.supportsDualStack))
            throw new AmazonClientException($"{partition.name} has no such endpoint (FIPS {useFips}, dual-stack {useDualStack})");
        return new Endpoint(
            $"https://{hostName}{(useFips ? "-fips" : "")}.{region}.{(useDualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix)}");
    }
}

/// <summary>Gives each request its endpoint and the region that it is signed for.</summary>
internal sealed class RegionalEndpointResolver : BaseEndpointResolver
{
    protected override void ServiceSpecificHandler(IExecutionContext executionContext, EndpointParameters parameters) =>
        InjectHostPrefix(executionContext.RequestContext);

    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext)
    {
        var config = (ClientConfig)requestContext.ClientConfig;
        return RegionalEndpointProvider.Parameters(config, config.RegionEndpoint?.SystemName);
    }
}
