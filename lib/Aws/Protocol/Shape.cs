namespace OptiInfra.Aws.Protocol;

/// <summary>The scalar types of AWS's service models.</summary>
internal enum ScalarKind { String, Boolean, Integer, Long, Float, Double, Timestamp, Blob }

/// <summary>How a timestamp is written; a service model calls the second one unixTimestamp and the third rfc822.</summary>
internal enum TimestampFormat { Iso8601, UnixSeconds, HttpDate }

/// <summary>What one value looks like on the wire. The serializer and the parser know nothing but shapes.</summary>
internal abstract class Shape;

internal sealed class ScalarShape(ScalarKind kind, TimestampFormat timestampFormat = TimestampFormat.Iso8601) : Shape
{
    public ScalarKind Kind { get; } = kind;
    public TimestampFormat TimestampFormat { get; } = timestampFormat;
}

/// <param name="element">the shape of each element; deferred, since shapes may contain themselves</param>
/// <param name="elementName">the element's location name, which only the query protocol's flattened lists look at</param>
/// <param name="build">makes the list that its owner's member holds from the parsed elements</param>
internal sealed class ListShape(Func<Shape> element, string? elementName, Func<IReadOnlyList<object>, object> build) : Shape
{
    private Shape? _resolved;
    public Shape Element => _resolved ??= element();
    public string? ElementName { get; } = elementName;
    public Func<IReadOnlyList<object>, object> Build { get; } = build;
}

/// <summary>A map, which only responses have (entry/key/value).</summary>
internal sealed class MapShape(Func<Shape> value, Func<IReadOnlyDictionary<string, object>, object> build) : Shape
{
    private Shape? _resolved;
    public Shape Value => _resolved ??= value();
    public Func<IReadOnlyDictionary<string, object>, object> Build { get; } = build;
}

internal sealed class StructureShape(string name, Func<object> create, IReadOnlyList<Member> members) : Shape
{
    private readonly Dictionary<string, Member> _byXmlName = members.ToDictionary(m => m.XmlName, StringComparer.Ordinal);

    public string Name { get; } = name;
    public IReadOnlyList<Member> Members { get; } = members;

    /// <summary>A new, empty instance to parse into.</summary>
    public Func<object> Create { get; } = create;

    /// <summary>The member that is the whole response document rather than one element of it, where there is one.</summary>
    public Member? Document { get; } = members.FirstOrDefault(m => m.IsDocument);

    public bool TryGetByXmlName(string xmlName, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Member? member) =>
        _byXmlName.TryGetValue(xmlName, out member);
}

/// <summary>One member of a structure, with its names and the way to its value.</summary>
internal sealed class Member(string name, Func<Shape> shape)
{
    private Shape? _resolved;

    /// <summary>The name in the service model.</summary>
    public string Name { get; } = name;
    public Shape Shape => _resolved ??= shape();

    /// <summary>locationName of the service model.</summary>
    public string? LocationName { get; init; }

    /// <summary>queryName of the service model; wins over <see cref="LocationName"/> in EC2 requests.</summary>
    public string? QueryName { get; init; }

    /// <summary>The list's elements stand directly in their owner, without an element around them.</summary>
    public bool IsFlattened { get; init; }

    /// <summary>An absent value is filled with a fresh token when the request is written.</summary>
    public bool IsIdempotencyToken { get; init; }

    /// <summary>The value also replaces {name} in the operation's host prefix.</summary>
    public bool IsHostLabel { get; init; }

    /// <summary>The value is parsed from the whole response document.</summary>
    public bool IsDocument { get; init; }

    public required Func<object, object?> Get { get; init; }
    public required Action<object, object> Set { get; init; }

    public string XmlName => LocationName ?? Name;
}
