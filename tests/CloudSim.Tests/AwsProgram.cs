using System.Diagnostics;
using System.Text.Json;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The real `aws` program, of Debian's awscli or wherever PATH has it.</summary>
internal static class AwsProgram
{
    private static readonly string? Found = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
        .Select(folder => Path.Combine(folder, "aws"))
        .FirstOrDefault(File.Exists);

    public static async Task<BoxedCloud> StartCloudAsync()
    {
        Assert.SkipWhen(Found is null, "aws is absent; Debian's package awscli brings it");
        return await BoxedCloud.StartAsync(realClock: true);
    }

    /// <summary>What a call that must succeed prints, as JSON.</summary>
    public static async Task<JsonElement> JsonAsync(BoxedCloud cloud, params string[] arguments)
    {
        var output = await TextAsync(cloud, arguments);
        return output.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(output);
    }

    public static async Task<string> TextAsync(BoxedCloud cloud, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(cloud, "demo-secret-key", arguments);
        Assert.True(code == 0, error + output);
        return output;
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(BoxedCloud cloud, string secret, string[] arguments)
    {
        var start = new ProcessStartInfo(Found!, [.. arguments, "--endpoint-url", cloud.Address.ToString(), "--region", "us-east-1", "--output", "json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // the person's own profile and credentials stay out of it
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["AWS_ACCESS_KEY_ID"] = "demo-access-key";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = secret;
        start.Environment["AWS_CONFIG_FILE"] = "/dev/null";
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["AWS_PAGER"] = string.Empty;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await output, await error);
    }
}
