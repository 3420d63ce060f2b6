namespace OptiInfra.GraphQL.Language;

/// <summary>Where a directive may stand.</summary>
public enum DirectiveLocation
{
    Query,
    Mutation,
    Subscription,
    Field,
    FragmentDefinition,
    FragmentSpread,
    InlineFragment,
    VariableDefinition,
    Schema,
    Scalar,
    Object,
    FieldDefinition,
    ArgumentDefinition,
    Interface,
    Union,
    Enum,
    EnumValue,
    InputObject,
    InputFieldDefinition,
}

public static class DirectiveLocations
{
    static readonly Dictionary<DirectiveLocation, string> Names = Enum.GetValues<DirectiveLocation>().ToDictionary(location => location, SnakeCase);
    static readonly Dictionary<string, DirectiveLocation> ByName = Names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The name in the schema language, as in <c>FIELD_DEFINITION</c>.</summary>
    public static string NameOf(DirectiveLocation location) => Names[location];

    public static bool TryParse(string name, out DirectiveLocation location) => ByName.TryGetValue(name, out location);

    static string SnakeCase(DirectiveLocation location) =>
        string.Concat(location.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
}
