using System.Xml;

namespace OptiInfra.Aws.Protocol;

/// <summary>A parsed response document.</summary>
/// <param name="Value">an instance of the operation's output shape</param>
/// <param name="RequestId">the service's id of the call, where the document has one</param>
internal readonly record struct QueryDocument(object? Value, string? RequestId);

/// <summary>
/// Reads responses by their shapes, streaming: elements that the shape does not know are skipped, as AWS adds members at will.
/// List elements are taken whatever they are called (item, member, …).
/// </summary>
internal static class XmlShapeReader
{
    private static readonly XmlReaderSettings Settings = new()
    {
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CloseInput = false,
    };

    /// <exception cref="XmlException">The document is not well-formed or not what the shape says.</exception>
    /// <exception cref="FormatException">A scalar's text is no value of its type.</exception>
    /// <exception cref="OverflowException">A number is too large for its type.</exception>
    public static QueryDocument Read(QueryOperation operation, Stream body)
    {
        using var reader = XmlReader.Create(body, Settings);
        reader.MoveToContent();
        string? requestId = null;
        var output = operation.Output;
        object? value;
        if (operation.Dialect == QueryDialect.Ec2)
        {
            value = ReadBody(output, reader, ref requestId);
        }
        else
        {
            value = output?.Create();
            var wrapper = operation.Name + "Result";
            foreach (var child in Children(reader))
            {
                if (child == wrapper)
                    value = ReadBody(output, reader, ref requestId);
                else if (child == "ResponseMetadata")
                    ReadBody(shape: null, reader, ref requestId);
                else
                    reader.Skip();
            }
        }

        return new QueryDocument(value, requestId);
    }

    /// <summary>Reads one structure out of an element that the reader stands on, and leaves the reader behind it.</summary>
    public static object ReadStructure(StructureShape shape, XmlReader reader)
    {
        string? ignored = null;
        return ReadBody(shape, reader, ref ignored)!;
    }

    private static object? ReadBody(StructureShape? shape, XmlReader reader, ref string? requestId)
    {
        var target = shape?.Create();
        var inner = target;
        if (shape?.Document is { } document)
        {
            shape = (StructureShape)document.Shape;
            inner = shape.Create();
            document.Set(target!, inner);
        }

        Dictionary<Member, List<object>>? flattened = null;
        foreach (var child in Children(reader))
        {
            if (shape is not null && shape.TryGetByXmlName(child, out var member))
            {
                if (member.IsFlattened && member.Shape is ListShape list)
                {
                    flattened ??= [];
                    if (!flattened.TryGetValue(member, out var elements))
                        flattened[member] = elements = [];
                    if (ReadValue(list.Element, reader) is { } element)
                        elements.Add(element);
                }
                else if (ReadValue(member.Shape, reader) is { } value)
                {
                    member.Set(inner!, value);
                }
            }
            else if (string.Equals(child, "requestId", StringComparison.OrdinalIgnoreCase))
            {
                requestId = reader.ReadElementContentAsString();
            }
            else
            {
                reader.Skip();
            }
        }

        foreach (var (member, elements) in flattened ?? [])
            member.Set(inner!, ((ListShape)member.Shape).Build(elements));
        return target;
    }

    private static object? ReadValue(Shape shape, XmlReader reader) => shape switch
    {
        ScalarShape scalar => ScalarText.Parse(scalar, reader.ReadElementContentAsString()),
        StructureShape structure => ReadStructure(structure, reader),
        ListShape list => ReadList(list, reader),
        MapShape map => ReadMap(map, reader),
        _ => throw new InvalidOperationException($"unknown shape {shape.GetType().Name}"),
    };

    private static object ReadList(ListShape list, XmlReader reader)
    {
        var elements = new List<object>();
        foreach (var _ in Children(reader))
            if (ReadValue(list.Element, reader) is { } element)
                elements.Add(element);
        return list.Build(elements);
    }

    private static object ReadMap(MapShape map, XmlReader reader)
    {
        var entries = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var _ in Children(reader))
        {
            string? key = null;
            object? value = null;
            foreach (var part in Children(reader))
            {
                if (part == "key")
                    key = reader.ReadElementContentAsString();
                else if (part == "value")
                    value = ReadValue(map.Value, reader);
                else
                    reader.Skip();
            }

            if (key is not null && value is not null)
                entries[key] = value;
        }

        return map.Build(entries);
    }

    // Each name that comes out is an element the reader stands on; whoever takes it must read or skip that element to its end.
    private static IEnumerable<string> Children(XmlReader reader)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            yield break;
        }

        reader.Read();
        while (reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
                yield return reader.LocalName;
            else if (!reader.Read())
                throw new XmlException("the document ends in the middle of an element");
        }

        reader.Read();
    }
}
