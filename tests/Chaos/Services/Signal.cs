using System.Diagnostics;
using System.Globalization;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Services;

static class Signal
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <param name="name">Without SIG: KILL, QUIT, STOP, CONT.</param>
    public static async Task SendAsync(string name, int pid)
    {
        using var kill = Process.Start("bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {pid}")]);
        await kill.WaitForExitAsync();
    }

    public static Task GoneAsync(int pid) =>
        Eventually.TrueAsync(() => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")) || IsZombie(pid), Bound, $"the end of process {pid}");

    /// <summary>Ended, and not yet fetched by whoever inherited it.</summary>
    static bool IsZombie(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return stat[stat.LastIndexOf(')')..].StartsWith(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
