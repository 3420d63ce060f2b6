using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>A path below a job's address, as it is sent to the trainer.</summary>
/// <param name="Job">Whose.</param>
/// <param name="Path">Begins with a slash; no dot segments, percent-encoded.</param>
sealed record ProxiedPath(Guid Job, string Path)
{
    const string Root = "/jobs/";
    const int DeepestEncoding = 8;
    /// <summary>First segments of what only the platform may ask of a trainer.</summary>
    static readonly string[] OfThePlatform = ["checkpoint", "promote"];

    /// <summary>Reads <c>/jobs/{job}/{path}</c>.</summary>
    /// <param name="path">As the server decoded it, so that what is judged here is what is sent.</param>
    public static bool TryRead(PathString path, [NotNullWhen(true)] out ProxiedPath? proxied)
    {
        proxied = null;
        if (path.Value is not { } text || !text.StartsWith(Root, StringComparison.Ordinal))
            return false;
        var end = text.IndexOf('/', Root.Length);
        if (!Guid.TryParseExact(end < 0 ? text[Root.Length..] : text[Root.Length..end], "D", out var job))
            return false;
        proxied = new ProxiedPath(job, end < 0 ? "/" : new PathString(text[end..]).ToUriComponent());
        return true;
    }

    public bool IsOneOf(IReadOnlyList<string> paths) => paths.Contains(Path, StringComparer.Ordinal);

    /// <summary>Whether a trainer could take it for one of the platform's own, however it decodes and cleans paths.</summary>
    public bool IsOfThePlatform
    {
        get
        {
            var text = Path;
            for (var depth = 0; ; depth++)
            {
                var decoded = Uri.UnescapeDataString(text);
                if (decoded == text)
                    break;
                if (depth == DeepestEncoding)
                    return true;
                text = decoded;
            }

            List<string> segments = [];
            foreach (var segment in text.Split('?', '#')[0].Split('/', '\\').Select(s => s.Split(';')[0].Trim()))
            {
                if (segment == ".." && segments.Count > 0)
                    segments.RemoveAt(segments.Count - 1);
                else if (segment is not ("" or "." or ".."))
                    segments.Add(segment);
            }

            return segments.Count > 0 && OfThePlatform.Contains(segments[0], StringComparer.OrdinalIgnoreCase);
        }
    }
}
