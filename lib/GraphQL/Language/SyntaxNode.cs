namespace OptiInfra.GraphQL.Language;

/// <summary>A node of a parsed document. Nodes are immutable and compared by reference.</summary>
public abstract class SyntaxNode(Location location)
{
    public Location Location { get; } = location;

    /// <summary>The node in GraphQL's own words, as <see cref="Printer"/> writes it.</summary>
    public override string ToString() => Printer.Print(this);
}

public sealed class NameNode(Location location, string value) : SyntaxNode(location)
{
    public string Value { get; } = value;
}

/// <summary>A node on which directives may stand.</summary>
public interface IHasDirectives
{
    Location Location { get; }
    IReadOnlyList<DirectiveNode> Directives { get; }
}

public sealed class DirectiveNode(Location location, NameNode name, IReadOnlyList<ArgumentNode> arguments) : SyntaxNode(location)
{
    public NameNode Name { get; } = name;
    public IReadOnlyList<ArgumentNode> Arguments { get; } = arguments;
}

public sealed class ArgumentNode(Location location, NameNode name, ValueNode value) : SyntaxNode(location)
{
    public NameNode Name { get; } = name;
    public ValueNode Value { get; } = value;
}
