using System.CommandLine;
using Amazon.Runtime;
using Microsoft.Extensions.Configuration;
using OptiInfra.Agents;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Prices;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli;

/// <summary>The cloud, its prices and where instances' pages are: options, environment variables, then AWS's own chain.</summary>
sealed record AgentsSettings(AgentsOptions Options, IConfiguration Configuration, string? PricesPath)
{
    /// <exception cref="CliException">There is no price file; without one no saving can be computed.</exception>
    public AgentsSettings WithPrices() => PricesPath is not null ? this : throw CliException.BadInput(
        "No on-demand prices: name a CSV file with the columns instance_type and usd_per_hour by --prices or OPTIINFRA_PRICES (infra/demo/on-demand-prices.csv is one).");
}

/// <summary>The options behind <see cref="AgentsSettings"/>.</summary>
sealed class AgentsSettingsOptions
{
    readonly Option<string?> prices = new("--prices") { Description = "CSV file of on-demand prices: instance_type,usd_per_hour[,interruption_band] (OPTIINFRA_PRICES)" };
    readonly Option<string?> endpoint = new("--endpoint") { Description = "where the cloud's API is, instead of AWS's own (AWS_ENDPOINT_URL)" };
    readonly Option<string?> region = new("--region") { Description = "region (AWS_REGION, AWS_DEFAULT_REGION, the profile's)" };
    readonly Option<string?> metricsUrl = new("--metrics-url") { Description = "where an instance's Prometheus page is; {private_ip} and {instance_id} stand for its own (OPTIINFRA_METRICS_URL)" };
    readonly Option<string?> healthUrl = new("--health-url") { Description = "where an instance says that it is healthy (OPTIINFRA_HEALTH_URL)" };

    public Command AddTo(Command command, bool pages)
    {
        foreach (var option in pages ? (Option[])[prices, endpoint, region, metricsUrl, healthUrl] : [prices, endpoint, region])
            command.Options.Add(option);
        return command;
    }

    /// <exception cref="CliException">One of them is wrong; the message names it.</exception>
    public AgentsSettings Read(ParseResult parsed)
    {
        var where = parsed.GetValue(region) ?? PlatformOptions.Variable("AWS_REGION") ?? PlatformOptions.Variable("AWS_DEFAULT_REGION")
            ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName
            ?? throw CliException.BadInput("The region is not named: set AWS_REGION, or --region.");
        var path = PlatformOptions.Given(parsed, prices, "OPTIINFRA_PRICES");
        var pages = new InstanceEndpoints();
        return new AgentsSettings(
            new AgentsOptions
            {
                Caddy = ProxySettings.ReadCaddy(),
                Region = where,
                Prices = path is null ? PriceBook.Empty : PriceBook.Read(path, where),
                Endpoints = pages with
                {
                    MetricsUrl = Page(PlatformOptions.Given(parsed, metricsUrl, "OPTIINFRA_METRICS_URL") ?? pages.MetricsUrl, "OPTIINFRA_METRICS_URL"),
                    HealthUrl = Page(PlatformOptions.Given(parsed, healthUrl, "OPTIINFRA_HEALTH_URL") ?? pages.HealthUrl, "OPTIINFRA_HEALTH_URL"),
                },
            },
            Aws(where, parsed.GetValue(endpoint)),
            path);
    }

    static IConfiguration Aws(string region, string? endpoint)
    {
        var aws = new Dictionary<string, string?>(StringComparer.Ordinal) { ["AWS:Region"] = region };
        if (endpoint is not null)
        {
            aws["AWS:ServiceURL"] = Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? endpoint
                : throw CliException.BadInput($"--endpoint '{endpoint}' is not an address such as http://127.0.0.1:5090.");
        }

        return new ConfigurationBuilder().AddInMemoryCollection(aws).Build();
    }

    static string Page(string template, string name) =>
        Uri.TryCreate(template.Replace("{private_ip}", "10.0.0.1", StringComparison.Ordinal).Replace("{instance_id}", "i-1", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? template
            : throw CliException.BadInput($"{name} '{template}' is not an address such as http://{{private_ip}}:9100/metrics.");
}
