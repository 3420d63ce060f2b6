using System.Runtime.CompilerServices;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Files of the repository that these tests hold to what is served.</summary>
static class Repository
{
    public static string Root => Path.GetFullPath(Path.Combine(Here(), "../../.."));

    static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
