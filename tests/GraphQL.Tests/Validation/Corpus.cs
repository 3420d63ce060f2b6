using System.Text.Json;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Validation;

/// <summary>A document, and the names of the rules that are to refuse it; empty where it is valid.</summary>
sealed record CorpusDocument(string Text, IReadOnlyList<string> Rules);

/// <summary>The schema, data and hand-written documents that both engines are asked about.</summary>
static class Corpus
{
    static readonly string Folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../Validation"));

    public static string Sdl { get; } = File.ReadAllText(Path.Combine(Folder, "schema.graphql"));

    public static Schema Schema { get; } = Schema.Parse(Sdl);

    public static JsonElement Root { get; } = JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "root.json")));

    /// <summary>One line each: the rules' names with commas between them, or <c>ok</c>, then the document.</summary>
    public static IReadOnlyList<CorpusDocument> Documents { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Folder, "Corpus"), "*.txt").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 2))
            .Select(parts => new CorpusDocument(parts[1], parts[0] is "ok" ? [] : parts[0].Split(','))),
    ];
}
