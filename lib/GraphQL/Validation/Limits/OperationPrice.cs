using System.Globalization;
using System.Runtime.InteropServices;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>What one operation costs, and which of its pages are too long.</summary>
sealed class OperationPrice(OperationLimitContext context, OperationBounds bounds)
{
    readonly Dictionary<string, FragmentDefinitionNode> _fragments = context.Document.Fragments.ToDictionary(fragment => fragment.Name.Value, StringComparer.Ordinal);
    readonly Dictionary<(string, PageSize), double> _priced = [];
    readonly Dictionary<FieldNode, GraphQLError> _pageErrors = [];

    /// <param name="Items">Of the lists among the fields of an object.</param>
    /// <param name="Fields">Which of them; null where none has a known size.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct PageSize(double Items, IReadOnlyList<string>? Fields);

    /// <summary>After <see cref="Total"/>.</summary>
    public IEnumerable<GraphQLError> PageErrors => _pageErrors.Values;

    public double Total() => Of(context.Operation.SelectionSet, context.Schema.RootType(context.Operation.Operation), default);

    double Of(SelectionSetNode set, NamedType? parent, PageSize page) => parent is null ? 0 : set.Selections.Where(IsIncluded).Sum(selection => selection switch
    {
        FieldNode field => Of(field, parent, page),
        InlineFragmentNode inline => Of(inline.SelectionSet, TypeOf(inline.TypeCondition) ?? parent, page),
        FragmentSpreadNode spread => Of(spread.Name.Value, page),
        _ => 0,
    });

    double Of(string fragment, PageSize page)
    {
        if (_priced.TryGetValue((fragment, page), out var known)) return known;
        return _priced[(fragment, page)] = _fragments.TryGetValue(fragment, out var definition) ? Of(definition.SelectionSet, TypeOf(definition.TypeCondition), page) : 0;
    }

    double Of(FieldNode node, NamedType parent, PageSize page)
    {
        if (context.Schema.FindField(parent, node.Name.Value) is not { } field) return 0;
        // answered from memory, and bounded by a rule of its own
        if (field.Name.StartsWith("__", StringComparison.Ordinal)) return bounds.FieldCost;
        var own = (field.Cost ?? (field.IsAsync ? bounds.AsyncFieldCost : bounds.FieldCost))
            + node.Arguments.Sum(argument => field.FindArgument(argument.Name.Value)?.Cost ?? 0);
        var size = field.ListSize is { } known ? Items(known, field, node) : bounds.AssumedListSize;
        if (node.SelectionSet is not { } set) return own;
        if (field.ListSize is { SizedFields: { Count: > 0 } sized }) return own + Of(set, field.Type.NamedType, new(size, sized));
        if (page.Fields?.Contains(field.Name, StringComparer.Ordinal) == true) size = page.Items;
        return own + (Math.Pow(bounds.AssumedListSize, Math.Max(Lists(field.Type) - 1, 0)) * (Lists(field.Type) > 0 ? size : 1) * Of(set, field.Type.NamedType, default));
    }

    double Items(ListSize size, OutputField field, FieldNode node)
    {
        var asked = size.SlicingArguments.Select(name => (Name: name, Items: Asked(name, field, node))).Where(slice => slice.Items is not null).ToList();
        if (size.RequireOneSlicingArgument && asked.Count != 1)
            Refuse(node, $"Field \"{field.Name}\" needs {string.Join(" or ", size.SlicingArguments.Select(name => $"\"{name}\""))}{(asked.Count == 0 ? "" : ", and not both")}.");
        var most = Math.Max(bounds.MaxPageSize, size.AssumedSize ?? 0);
        foreach (var (name, items) in asked.Where(slice => slice.Items > most))
            Refuse(node, string.Create(CultureInfo.InvariantCulture, $"Argument \"{name}\" of \"{field.Name}\" is {items}; at most {most} are allowed."));
        return asked.Count > 0 ? Math.Max(0, asked.Max(slice => slice.Items!.Value)) : size.AssumedSize ?? bounds.AssumedListSize;
    }

    double? Asked(string name, OutputField field, FieldNode node)
    {
        var value = node.Arguments.FirstOrDefault(argument => string.Equals(argument.Name.Value, name, StringComparison.Ordinal))?.Value;
        if (value is VariableNode variable) value = context.Variable(variable.Name.Value);
        value ??= field.FindArgument(name)?.DefaultValue;
        return value is IntValueNode number ? double.Parse(number.Value, CultureInfo.InvariantCulture) : null;
    }

    void Refuse(FieldNode node, string message) => _pageErrors.TryAdd(node, GraphQLError.At(message, node) with { Code = ErrorCodes.PageSize });

    bool IsIncluded(SelectionNode selection) => !selection.Directives.Any(directive =>
        directive.Name.Value is "skip" or "include" && directive.Arguments.Count > 0 && IsTrue(directive.Arguments[0].Value) == directive.Name.Value is "skip");

    bool IsTrue(ValueNode value) => (value is VariableNode variable ? context.Variable(variable.Name.Value) : value) is BooleanValueNode { Value: true };

    NamedType? TypeOf(NamedTypeNode? node) => node is not null && context.Schema.TryGetType(node.Name.Value, out var type) ? type : null;

    static int Lists(IType type) => type.Nullable is ListType list ? 1 + Lists(list.ElementType) : 0;
}
