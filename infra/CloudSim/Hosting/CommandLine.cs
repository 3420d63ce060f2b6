using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Connections;
using OptiInfra.CloudSim.Machines;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>The program's options and exit codes: 0 done, 2 something in what it was given is wrong, 3 the port is taken.</summary>
public static class CommandLine
{
    private const int WrongInput = 2;
    private const int PortTaken = 3;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var url = new Option<string>("--url") { Description = "address to listen on (OPTIINFRA_CLOUDSIM_URL)", DefaultValueFactory = _ => Variable("OPTIINFRA_CLOUDSIM_URL") ?? new CloudSimOptions().Url };
        var fleet = new Option<string?>("--fleet") { Description = "fleet file, in the shape of `aws ec2 describe-instances` output" };
        var scenario = new Option<string?>("--scenario") { Description = "scenario file: what goes wrong, and when" };
        var priceHistory = new Option<string?>("--price-history") { Description = "file or folder of `aws ec2 describe-spot-price-history` output" };
        var seed = new Option<long>("--seed") { Description = "same seed, same run", DefaultValueFactory = _ => new CloudSimOptions().Seed };
        var origin = new Option<string?>("--clock-origin") { Description = "instant at which the cloud's time and the wall's agree, ISO 8601 (OPTIINFRA_CLOCK_ORIGIN)", DefaultValueFactory = _ => Variable("OPTIINFRA_CLOCK_ORIGIN") };
        var speed = new Option<string?>("--clock-speed") { Description = "seconds of the cloud per second of the wall (OPTIINFRA_CLOCK_SPEED)", DefaultValueFactory = _ => Variable("OPTIINFRA_CLOCK_SPEED") };
        var accessKey = new Option<string>("--access-key") { Description = "access key that requests are signed with", DefaultValueFactory = _ => new CloudSimOptions().AccessKey };
        var secretKey = new Option<string>("--secret-key") { Description = "its secret", DefaultValueFactory = _ => new CloudSimOptions().SecretKey };
        var data = new Option<string?>("--data") { Description = "folder for objects and the folders of instances; without it a temporary one (OPTIINFRA_CLOUDSIM_DATA)", DefaultValueFactory = _ => Variable("OPTIINFRA_CLOUDSIM_DATA") };
        var buckets = new Option<string[]>("--bucket") { Description = "S3 bucket to have from the start; repeat it for more" };
        var limits = new MachineLimits();
        var memory = new Option<int>("--instance-memory") { Description = "MiB of memory that the processes of one instance may use together", DefaultValueFactory = _ => (int)(limits.MemoryBytes >> 20) };
        var processes = new Option<int>("--instance-processes") { Description = "how many processes one instance may have", DefaultValueFactory = _ => limits.Processes };
        var hours = new Option<double>("--instance-hours") { Description = "hours of the wall's clock after which the processes of an instance are killed", DefaultValueFactory = _ => limits.WallTime.TotalHours };
        var namespaces = new Option<bool>("--namespaces") { Description = "run the processes of each instance in a PID namespace where the kernel allows it", DefaultValueFactory = _ => true };
        var root = new RootCommand("CloudSim: a cloud in a box that speaks the wire protocols of Amazon EC2, CloudWatch and S3.")
        {
            url, fleet, scenario, priceHistory, seed, origin, speed, accessKey, secretKey, data, buckets, namespaces, memory, processes, hours,
        };
        root.SetAction(async (parsed, stop) =>
        {
            try
            {
                return await ServeAsync(
                    new CloudSimOptions
                    {
                        Url = Address(parsed.GetValue(url)!),
                        FleetFile = parsed.GetValue(fleet),
                        ScenarioFile = parsed.GetValue(scenario),
                        PriceHistory = parsed.GetValue(priceHistory),
                        Seed = parsed.GetValue(seed),
                        ClockOrigin = Instant(parsed.GetValue(origin)),
                        ClockSpeed = Speed(parsed.GetValue(speed)),
                        AccessKey = parsed.GetValue(accessKey)!,
                        SecretKey = parsed.GetValue(secretKey)!,
                        DataFolder = parsed.GetValue(data),
                        Buckets = parsed.GetValue(buckets) ?? [],
                        Namespaces = parsed.GetValue(namespaces),
                        Limits = limits with
                        {
                            MemoryBytes = (long)Positive("--instance-memory", parsed.GetValue(memory)) << 20,
                            Processes = (int)Positive("--instance-processes", parsed.GetValue(processes)),
                            WallTime = TimeSpan.FromHours(Positive("--instance-hours", parsed.GetValue(hours))),
                        },
                    },
                    stop);
            }
            catch (StartupException error)
            {
                await Console.Error.WriteLineAsync("cloudsim: " + error.Message);
                return WrongInput;
            }
        });
        return await root.Parse(arguments).InvokeAsync();
    }

    private static async Task<int> ServeAsync(CloudSimOptions options, CancellationToken stop)
    {
        await using var app = CloudSimServer.Build(options);
        try
        {
            await app.StartAsync(stop);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"cloudsim: {options.Url} is taken by another program; stop that one, or choose another address with --url or OPTIINFRA_CLOUDSIM_URL");
            return PortTaken;
        }

        await Console.Out.WriteLineAsync($"cloudsim listens on {string.Join(", ", app.Urls)}");
        await app.WaitForShutdownAsync(stop);
        return 0;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static double Positive(string option, double value) =>
        value > 0 ? value : throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"{option} {value} is not above 0"));

    private static string Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && string.Equals(uri.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal)
            ? uri.GetLeftPart(UriPartial.Authority)
            : throw new StartupException($"--url '{text}' is not an address such as http://127.0.0.1:5090");

    private static DateTimeOffset? Instant(string? text) =>
        text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant
        : throw new StartupException($"--clock-origin '{text}' is not a time such as 2026-01-31T12:00:00Z");

    private static double Speed(string? text) =>
        text is null ? 1
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and <= 100_000 ? speed
        : throw new StartupException($"--clock-speed '{text}' is not a number above 0 and up to 100000");
}
