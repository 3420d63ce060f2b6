using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

public sealed class DirectiveType(string name, IReadOnlyList<DirectiveLocation> locations)
{
    public string Name { get; } = name;
    public string? Description { get; internal set; }
    public IReadOnlyList<DirectiveLocation> Locations { get; } = locations;
    public IReadOnlyList<InputValue> Arguments { get; internal set; } = [];
    public bool IsRepeatable { get; internal set; }

    public InputValue? FindArgument(string argument) =>
        Arguments.FirstOrDefault(candidate => string.Equals(candidate.Name, argument, StringComparison.Ordinal));

    public override string ToString() => $"@{Name}";
}
