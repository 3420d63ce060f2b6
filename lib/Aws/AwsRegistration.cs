using Amazon;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.Pipeline;

namespace OptiInfra.Aws;

/// <summary>Registers the AWS clients.</summary>
public static class AwsRegistration
{
    /// <summary>
    /// Adds <see cref="IAmazonEC2"/>, <see cref="IAmazonCloudWatch"/> and <see cref="CapacityPoolCoolDown"/>, on the registered
    /// <see cref="TimeProvider"/>. Reads the section "AWS" with the keys of AWSSDK.Extensions.NETCore.Setup: Region, Profile,
    /// ProfilesLocation, ServiceURL (or EC2:ServiceURL, CloudWatch:ServiceURL) and MaxErrorRetry. What it does not say, AWSSDK.Core takes
    /// from the environment (AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …), the profile, or the machine's role.
    /// </summary>
    public static IServiceCollection AddAws(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var aws = configuration.GetSection("AWS");
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IAmazonEC2>(provider =>
            new AmazonEC2Client(Configure(new AmazonEC2Config(), aws, "EC2", provider.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton<IAmazonCloudWatch>(provider =>
            new AmazonCloudWatchClient(
                Configure(new AmazonCloudWatchConfig(), aws, "CloudWatch", provider.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton(provider => new CapacityPoolCoolDown(provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    private static TConfig Configure<TConfig>(TConfig config, IConfigurationSection aws, string service, TimeProvider timeProvider)
        where TConfig : QueryClientConfig
    {
        config.TimeProvider = timeProvider;
        if (aws["Profile"] is { Length: > 0 } profile)
            config.Profile = new Profile(profile, aws["ProfilesLocation"]);
        if (aws["Region"] is { Length: > 0 } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            config.AuthenticationRegion = region;
        }

        // after the region: AWSSDK.Core forgets an endpoint when it is given a region
        if ((aws[$"{service}:ServiceURL"] ?? aws["ServiceURL"]) is { Length: > 0 } url)
            config.ServiceURL = url;
        if (aws.GetValue<int?>("MaxErrorRetry") is { } retries)
            config.MaxErrorRetry = retries;
        return config;
    }
}
