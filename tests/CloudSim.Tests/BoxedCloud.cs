using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>A running CloudSim on a free port, with a clock that stands still unless told otherwise.</summary>
internal sealed class BoxedCloud : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly TimeProvider _signingClock;

    private BoxedCloud(WebApplication app, ManualTimeProvider wall, TimeProvider signingClock)
    {
        _app = app;
        _signingClock = signingClock;
        Wall = wall;
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public ManualTimeProvider Wall { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public RequestSigner Signer { get; init; } = new();

    public static string DemoFleet => Path.Combine(ProjectRoot.Path, "infra", "demo", "fleet.json");

    /// <param name="realClock">For clients that sign by the wall's time.</param>
    public static async Task<BoxedCloud> StartAsync(CloudSimOptions? options = null, bool realClock = false)
    {
        var wall = new ManualTimeProvider();
        var app = CloudSimServer.Build((options ?? new CloudSimOptions { FleetFile = DemoFleet }) with
        {
            Url = "http://127.0.0.1:0",
            Wall = realClock ? TimeProvider.System : wall,
        });
        await app.StartAsync();
        return new BoxedCloud(app, wall, realClock ? TimeProvider.System : wall);
    }

    /// <summary>Sends a signed EC2 request; gives the status and the document without namespaces.</summary>
    public async Task<(HttpStatusCode Status, XElement Body)> TryEc2Async(string action, params (string Name, string Value)[] parameters)
    {
        var text = await SendAsync("ec2", action, "2016-11-15", parameters);
        return (text.Status, Plain(XElement.Parse(text.Body)));
    }

    /// <summary>The same, for calls that must succeed.</summary>
    public async Task<XElement> Ec2Async(string action, params (string Name, string Value)[] parameters)
    {
        var (status, body) = await TryEc2Async(action, parameters);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body;
    }

    /// <summary>The error code of a call that must fail.</summary>
    public async Task<string> RefusedAsync(string action, params (string Name, string Value)[] parameters)
    {
        var (status, body) = await TryEc2Async(action, parameters);
        Assert.NotEqual(HttpStatusCode.OK, status);
        return body.Descendants("Code").Single().Value;
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(string service, string action, string version, params (string Name, string Value)[] parameters)
    {
        var form = string.Join('&', parameters.Prepend(("Version", version)).Prepend(("Action", action))
            .Select(pair => Uri.EscapeDataString(pair.Item1) + "=" + Uri.EscapeDataString(pair.Item2)));
        using var request = Signer.Sign(Address, service, form, _signingClock.GetUtcNow());
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Launches one spot instance (unless parameters say otherwise) and gives its id.</summary>
    public async Task<string> LaunchAsync(params (string Name, string Value)[] parameters)
    {
        var defaults = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ImageId"] = "ami-1",
            ["InstanceType"] = "m5.xlarge",
            ["MinCount"] = "1",
            ["MaxCount"] = "1",
            ["InstanceMarketOptions.MarketType"] = "spot",
        };
        foreach (var (name, value) in parameters)
        {
            defaults[name] = value;
        }

        var body = await Ec2Async("RunInstances", [.. defaults.Where(pair => pair.Value.Length > 0).Select(pair => (pair.Key, pair.Value))]);
        return body.Descendants("instanceId").First().Value;
    }

    /// <summary>The instance as DescribeInstances shows it, or null.</summary>
    public async Task<XElement?> InstanceAsync(string id)
    {
        var body = await Ec2Async("DescribeInstances", ("Filter.1.Name", "instance-id"), ("Filter.1.Value.1", id));
        return body.Descendants("instancesSet").Elements("item").SingleOrDefault();
    }

    public async Task<string?> StateAsync(string id) => (await InstanceAsync(id))?.Element("instanceState")?.Element("name")?.Value;

    public async Task<JsonElement> ControlAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync("/control/" + path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    public async Task<MetricsSample> MetricsAsync(string id) => MetricsSample.Parse(await Http.GetStringAsync($"/instances/{id}/metrics"));

    public async Task<HttpStatusCode> StatusOfAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        return response.StatusCode;
    }

    public void Pass(double seconds) => Wall.Advance(TimeSpan.FromSeconds(seconds));

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static XElement Plain(XElement element) =>
        new(element.Name.LocalName, element.HasElements ? element.Elements().Select(Plain) : element.Value);
}
