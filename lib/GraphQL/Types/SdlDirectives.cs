using System.Globalization;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>What directives on definitions say.</summary>
static class SdlDirectives
{
    public static DirectiveNode? Find(IHasDirectives node, string name) =>
        node.Directives.FirstOrDefault(directive => string.Equals(directive.Name.Value, name, StringComparison.Ordinal));

    public static string? Text(IHasDirectives node, string directive, string argument) => (Argument(Find(node, directive), argument) as StringValueNode)?.Value;

    /// <summary><c>@cost(weight: "2.5")</c>; the weight is a string in IBM's specification, a number is taken too.</summary>
    public static double? Weight(IHasDirectives node) => Argument(Find(node, "cost"), "weight") switch
    {
        StringValueNode text when double.TryParse(text.Value, CultureInfo.InvariantCulture, out var weight) => weight,
        IntValueNode number => double.Parse(number.Value, CultureInfo.InvariantCulture),
        FloatValueNode number => double.Parse(number.Value, CultureInfo.InvariantCulture),
        _ => null,
    };

    public static ListSize? ListSize(IHasDirectives node)
    {
        if (Find(node, "listSize") is not { } directive) return null;
        int? assumed = Argument(directive, "assumedSize") is IntValueNode number ? int.Parse(number.Value, CultureInfo.InvariantCulture) : null;
        var slicing = Strings(Argument(directive, "slicingArguments"));
        var requireOne = Argument(directive, "requireOneSlicingArgument") is BooleanValueNode flag ? flag.Value : slicing.Count > 0;
        return new(assumed, slicing, Strings(Argument(directive, "sizedFields")), requireOne);
    }

    static IReadOnlyList<string> Strings(ValueNode? value) => value switch
    {
        ListValueNode list => [.. list.Values.OfType<StringValueNode>().Select(text => text.Value)],
        StringValueNode text => [text.Value],
        _ => [],
    };

    static ValueNode? Argument(DirectiveNode? directive, string name) =>
        directive?.Arguments.FirstOrDefault(argument => string.Equals(argument.Name.Value, name, StringComparison.Ordinal))?.Value;
}
