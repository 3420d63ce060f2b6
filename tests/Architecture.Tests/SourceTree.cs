using OptiInfra.Testing;

namespace OptiInfra.Architecture.Tests;

/// <summary>The files of the checkout, without what builds leave behind.</summary>
static class SourceTree
{
    static readonly HashSet<string> Built = new(StringComparer.Ordinal) { "bin", "obj", "results", "node_modules" };

    /// <summary>Paths relative to the project's root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files(params string[] folders) =>
    [
        .. from folder in folders
           let path = Path.Combine(ProjectRoot.Path, folder)
           where Directory.Exists(path)
           from file in Below(new DirectoryInfo(path))
           let relative = Path.GetRelativePath(ProjectRoot.Path, file.FullName).Replace('\\', '/')
           orderby relative
           select relative,
    ];

    static IEnumerable<FileInfo> Below(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(
            from child in folder.EnumerateDirectories()
            where !Built.Contains(child.Name) && child.Name[0] != '.'
            from file in Below(child)
            select file);
}
