using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace OptiInfra.Gateway.GraphiQL;

/// <summary>The files that the build put beside the program: few, known when it starts, and read from there alone.</summary>
sealed class ExplorerBundle
{
    const string Compressed = ".gz";
    static readonly FileExtensionContentTypeProvider Types = new();

    readonly Dictionary<string, ExplorerFile> files = new(StringComparer.Ordinal);

    public ExplorerBundle(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => !path.EndsWith(Compressed, StringComparison.Ordinal)))
        {
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16]}\"");
            var type = Types.TryGetContentType(path, out var known) ? known : "application/octet-stream";
            files.Add(Path.GetFileName(path), new ExplorerFile(path, File.Exists(path + Compressed) ? path + Compressed : null, $"{type}; charset=utf-8", tag));
        }
    }

    /// <summary>Whether the build had a bundle.</summary>
    public bool IsHere => files.ContainsKey("explorer.js");

    public ExplorerFile? Find(string name) => files.GetValueOrDefault(name);
}

/// <param name="CompressedPath">The same by gzip; null where there is none.</param>
/// <param name="Tag">Changes with the content.</param>
sealed record ExplorerFile(string Path, string? CompressedPath, string ContentType, EntityTagHeaderValue Tag);
