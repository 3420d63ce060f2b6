using System.Diagnostics;

namespace OptiInfra.CloudSim.Machines;

/// <summary>How a supervisor is started so that its processes cannot outlive it: below `unshare` in a PID namespace where the kernel allows it.</summary>
public static class ProcessIsolation
{
    private static readonly string[][] Namespaces =
    [
        ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
        ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ];

    private static readonly Lazy<IReadOnlyList<string>> Found = new(() => Namespaces.FirstOrDefault(words => Works([.. words, "true"])) ?? []);
    private static readonly Lazy<bool> Python = new(() => Works(["python3", "-I", "-S", "-c", "import ctypes"]));

    /// <summary>The words to put before the supervisor's own; none where namespaces are not allowed, and the supervisor is on its own.</summary>
    public static IReadOnlyList<string> Prefix => Found.Value;

    /// <summary>False where there is no python3, which the supervisor needs.</summary>
    public static bool Available => Python.Value;

    private static bool Works(string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
