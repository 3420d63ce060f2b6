using System.Text;
using System.Xml.Linq;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>A cloud whose instances run scripts: the cloud's clock is moved by hand, the processes are real.</summary>
internal sealed class MachineScene(BoxedCloud cloud) : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    public BoxedCloud Cloud => cloud;

    public static async Task<MachineScene> StartAsync(CloudSimOptions? options = null) =>
        new(await BoxedCloud.StartAsync(options ?? new CloudSimOptions()));

    public static string Encode(string script) => Convert.ToBase64String(Encoding.UTF8.GetBytes(script));

    /// <summary>Launches a spot instance with the script and lets the cloud's time pass until it runs.</summary>
    public async Task<string> BootAsync(string script, params (string Name, string Value)[] parameters)
    {
        var id = await cloud.LaunchAsync([("UserData", Encode(script)), ("ClientToken", Guid.NewGuid().ToString("N")), .. parameters]);
        cloud.Pass(40);
        Assert.Equal("running", await cloud.StateAsync(id));
        return id;
    }

    public async Task<string> ConsoleAsync(string id)
    {
        var body = await cloud.Ec2Async("GetConsoleOutput", ("InstanceId", id));
        return Encoding.UTF8.GetString(Convert.FromBase64String(body.Element("output")!.Value));
    }

    public Task ConsoleSaysAsync(string id, string text) =>
        Eventually.TrueAsync(async () => (await ConsoleAsync(id)).Contains(text, StringComparison.Ordinal), Bound, $"'{text}' on the console of {id}");

    public async Task<string> AddressAsync(string id) => ((XElement)(await cloud.InstanceAsync(id))!).Element("privateIpAddress")!.Value;

    /// <summary>A number that no other test sleeps for, so that a sleeping process can be recognised from outside.</summary>
    public static string Marker() => "9" + Random.Shared.NextInt64(1_000_000_000, 9_999_999_999).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How many processes of this machine sleep for the marker.</summary>
    public static int Sleeping(string marker) =>
        Directory.EnumerateDirectories("/proc").Count(process =>
        {
            try
            {
                return File.ReadAllText(process + "/cmdline").Split('\0') is [var program, var argument, ..] && program.EndsWith("sleep", StringComparison.Ordinal) && argument == marker;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        });

    public static Task SleepersAsync(string marker, int count) =>
        Eventually.TrueAsync(() => Sleeping(marker) == count, Bound, $"{count} processes sleeping for {marker}");

    public ValueTask DisposeAsync() => cloud.DisposeAsync();
}
