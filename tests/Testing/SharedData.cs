using Xunit;

namespace OptiInfra.Testing;

/// <summary>
/// Recorded data that lies beside the project, not in it: <c>../shared/data</c> from the project's root,
/// or the folder that OPTIINFRA_SHARED_DATA names.
/// </summary>
public static class SharedData
{
    /// <summary>Where the data is looked for, whether it is there or not.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("OPTIINFRA_SHARED_DATA") is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.GetFullPath(Path.Combine(ProjectRoot.Path, "..", "shared", "data"));

    /// <summary>The full path of a file or folder of the data; null where it is absent.</summary>
    public static string? Find(string relativePath)
    {
        var path = Path.Combine(Folder, relativePath);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>The full path of a file or folder of the data; skips the running test where it is absent.</summary>
    public static string Require(string relativePath)
    {
        var path = Find(relativePath);
        if (path is null)
            Assert.Skip($"{Path.Combine(Folder, relativePath)} is absent; OPTIINFRA_SHARED_DATA may name another folder.");
        return path;
    }
}
