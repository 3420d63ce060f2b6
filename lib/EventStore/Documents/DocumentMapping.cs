using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;

namespace OptiInfra.EventStore;

/// <summary>How one document type is stored.</summary>
public abstract class DocumentMapping
{
    const int LongestName = 63;

    private protected DocumentMapping(Type type)
    {
        Type = type;
        TableName = "doc_" + Snake(type.Name);
    }

    public Type Type { get; }

    /// <summary>Without its schema.</summary>
    public string TableName
    {
        get;
        private protected set => field = value.Length <= LongestName
            ? value
            : throw new ArgumentException($"Table name '{value}' is longer than {LongestName} characters; give the document type an Alias.", nameof(value));
    }

    internal List<string> Indexes { get; } = [];

    /// <summary>Null for documents that stay when the log is carried elsewhere.</summary>
    internal CarriedBy? Carried { get; private protected set; }

    /// <summary>SQL over the document's row: the stream that a document belongs to, and the version up to which it tells of it.</summary>
    internal sealed record CarriedBy(string Stream, string Version);

    internal abstract string IdOf(object document);

    internal static string Snake(string name)
        => string.Concat(JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '_'));

    internal static string IdText(object? id, Type type)
    {
        var text = id switch
        {
            Guid guid => guid == Guid.Empty ? null : guid.ToString("D"),
            string given => given,
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => id?.ToString(),
        };
        return string.IsNullOrEmpty(text) ? throw new InvalidOperationException($"A document of {type} has an empty id.") : text;
    }
}

/// <inheritdoc cref="DocumentMapping"/>
public sealed class DocumentMapping<T> : DocumentMapping where T : class
{
    Func<T, object?>? identity;

    public DocumentMapping() : base(typeof(T))
    {
        if (typeof(T).GetProperty("Id") is not { } property)
            return;
        var document = Expression.Parameter(typeof(T));
        identity = Expression.Lambda<Func<T, object?>>(Expression.Convert(Expression.Property(document, property), typeof(object)), document).Compile();
    }

    /// <summary>Names the document's key where it is not a property called Id: a Guid or a string, or what has one text form.</summary>
    public DocumentMapping<T> Identity(Func<T, object?> key)
    {
        identity = key;
        return this;
    }

    /// <summary>Names the table, after <c>doc_</c>.</summary>
    public DocumentMapping<T> Alias(string name)
    {
        TableName = "doc_" + Snake(name);
        return this;
    }

    /// <summary>Indexes an expression over the column <c>data</c>, for example <c>(data->>'status')</c>, within each tenant.</summary>
    public DocumentMapping<T> Index(string expression)
    {
        Indexes.Add(expression);
        return this;
    }

    /// <summary>
    /// An export of the log takes the documents along that tell of what it holds: those whose version the log has, or is 0.
    /// </summary>
    /// <param name="stream">SQL over the column <c>data</c>: the id of the document's stream.</param>
    /// <param name="version">Likewise: the version of the stream up to which the document tells.</param>
    public DocumentMapping<T> CarryWithEvents(string stream, string version)
    {
        Carried = new CarriedBy(stream, version);
        return this;
    }

    internal override string IdOf(object document) => identity is null
        ? throw new InvalidOperationException($"Document type {typeof(T)} has no property Id; name its key with StoreOptions.Schema.For<{typeof(T).Name}>().Identity(…).")
        : IdText(identity((T)document), typeof(T));
}
