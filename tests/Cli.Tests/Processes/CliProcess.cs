using System.Diagnostics;
using System.Text;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Processes;

/// <summary>What a run of the built program left.</summary>
sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard error has one line, and that line says what the test expects; nothing looks like a stack trace.</summary>
    public void FailsInOneLine(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit status {ExitCode}, expected {exitCode}; error: {Error} output: {Output}");
        var line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("optiinfra: ", line, StringComparison.Ordinal);
        foreach (var word in words)
            Assert.Contains(word, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error + Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", Error + Output, StringComparison.Ordinal);
    }

    public CliResult Succeeds()
    {
        Assert.True(ExitCode == 0, $"exit status {ExitCode}; error: {Error} output: {Output}");
        return this;
    }
}

/// <summary>The built program as a process of its own.</summary>
sealed class CliProcess : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    static readonly string Program = Path.Combine(AppContext.BaseDirectory, "optiinfra.dll");

    readonly Process process;
    readonly StringBuilder output = new();
    readonly StringBuilder error = new();

    CliProcess(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // nothing of the machine's own settings leaks in
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("OPTIINFRA_", StringComparison.Ordinal) || k.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(error, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;
    public string Output => Text(output);
    public string Error => Text(error);
    public bool HasExited => process.HasExited;

    public static CliProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => new(environment, arguments);

    /// <summary>Runs to the end.</summary>
    public static async Task<CliResult> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        await using var cli = new CliProcess(environment, arguments);
        return await cli.EndAsync();
    }

    public async Task<CliResult> EndAsync()
    {
        using var bound = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(bound.Token);
        return new CliResult(process.ExitCode, Output, Error);
    }

    public Task UntilErrorSaysAsync(string words) => Eventually.TrueAsync(
        () =>
        {
            var ended = process.HasExited;
            if (Error.Contains(words, StringComparison.Ordinal))
                return true;
            return ended ? throw new InvalidOperationException($"It ended with {process.ExitCode} before it said '{words}': {Error}{Output}") : false;
        },
        Patience,
        $"'{words}' in the program's log");

    /// <summary>Asks it to stop, as a service manager does.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>STOP lets it stand still as a machine does that is swapping or suspended; CONT lets it go on.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
            lock (text)
                text.Append(line).Append('\n');
    }

    static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
