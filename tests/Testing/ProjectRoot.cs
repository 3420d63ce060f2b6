namespace OptiInfra.Testing;

/// <summary>The folder that holds OptiInfra.sln, found by walking up from the test's binaries.</summary>
public static class ProjectRoot
{
    /// <exception cref="DirectoryNotFoundException">The binaries do not lie under a checkout.</exception>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "OptiInfra.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No OptiInfra.sln above {AppContext.BaseDirectory}.");
    }
}
