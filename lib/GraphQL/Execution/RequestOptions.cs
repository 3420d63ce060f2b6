using System.Security.Cryptography;
using System.Text;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.GraphQL.Execution;

/// <summary>How requests are read, checked and bounded. The defaults are safe for callers that are not trusted.</summary>
public sealed class RequestOptions
{
    /// <summary>At most 5,000 tokens, 200 levels.</summary>
    public ParserOptions Parser { get; set; } = new() { MaxTokens = 5_000 };

    /// <summary>Rules after the specification's own, as of limits.</summary>
    public IList<IValidationRule> Rules { get; } = [];

    /// <summary>Depth, aliases, cost and page size.</summary>
    public OperationBounds Bounds { get; set; } = new();

    /// <summary>Further checks that need the variables; after coercion, before execution.</summary>
    public IList<IOperationLimit> Limits { get; } = [];

    /// <summary>Whether <c>__schema</c> and <c>__type</c> may be asked for.</summary>
    public bool AllowIntrospection { get; set; }

    /// <summary>Documents that may be asked for by their id; null where none are.</summary>
    public IOperationDocumentStorage? TrustedDocuments { get; set; }

    /// <summary>Whether nothing but <see cref="TrustedDocuments"/> is executed.</summary>
    public bool OnlyTrustedDocuments { get; set; }

    /// <summary>How many documents are kept parsed, validated and planned.</summary>
    public int DocumentCacheSize { get; set; } = 1_000;

    /// <summary>How many characters those have together; one of them at most an eighth. Documents with errors are not kept.</summary>
    public int DocumentCacheCharacters { get; set; } = 250_000;

    public int MaxValidationErrors { get; set; } = 100;

    public ExecutionOptions Execution { get; set; } = new();

    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal IReadOnlyList<IValidationRule> ValidationRules =>
        [AllowIntrospection ? new IntrospectionDepthLimit() : new IntrospectionRule(), new DepthLimit(Bounds), new AliasLimit(Bounds), .. Rules];

    internal IReadOnlyList<IOperationLimit> AllLimits => [new CostLimit(Bounds), .. Limits];
}

/// <summary>Documents that were written down beforehand, by id.</summary>
public interface IOperationDocumentStorage
{
    /// <summary>Null where there is none of this id.</summary>
    ValueTask<string?> FindAsync(string documentId, CancellationToken cancellationToken);
}

/// <summary>Documents held in memory under the lower-case hexadecimal SHA-256 of their text, or an id of one's own.</summary>
public sealed class InMemoryOperationDocumentStorage : IOperationDocumentStorage
{
    readonly Dictionary<string, string> _documents = new(StringComparer.Ordinal);

    /// <returns>The id.</returns>
    public string Add(string document, string? documentId = null)
    {
        documentId ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document)));
        _documents[documentId] = document;
        return documentId;
    }

    /// <summary>The files <c>ID.graphql</c> of a folder.</summary>
    public static InMemoryOperationDocumentStorage FromFolder(string folder)
    {
        var storage = new InMemoryOperationDocumentStorage();
        foreach (var file in Directory.EnumerateFiles(folder, "*.graphql")) storage.Add(File.ReadAllText(file), Path.GetFileNameWithoutExtension(file));
        return storage;
    }

    public ValueTask<string?> FindAsync(string documentId, CancellationToken cancellationToken) => new(_documents.GetValueOrDefault(documentId));
}
