namespace OptiInfra.EventStore;

/// <summary>Document types and their tables.</summary>
public sealed class SchemaOptions
{
    readonly Dictionary<Type, DocumentMapping> mappings = [];

    /// <summary>Stores documents of <typeparamref name="T"/>, in table <c>doc_</c> and the type's name in snake_case.</summary>
    public DocumentMapping<T> For<T>() where T : class
    {
        Include(typeof(T));
        return (DocumentMapping<T>)mappings[typeof(T)];
    }

    internal void Include(Type type)
    {
        if (!mappings.ContainsKey(type))
            mappings.Add(type, (DocumentMapping)Activator.CreateInstance(typeof(DocumentMapping<>).MakeGenericType(type))!);
    }

    internal IEnumerable<DocumentMapping> All => mappings.Values.OrderBy(m => m.TableName, StringComparer.Ordinal);

    internal DocumentMapping Of(Type type) => mappings.TryGetValue(type, out var mapping)
        ? mapping
        : throw new InvalidOperationException($"Document type {type} has no table: name it with StoreOptions.Schema.For<{type.Name}>(), or register the projection that writes it, and apply the schema again.");
}
