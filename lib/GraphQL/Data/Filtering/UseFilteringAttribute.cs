using System.Reflection;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>
/// The list takes an argument <c>where</c>: conditions on the properties of its items, joined by and, within and and or. A
/// method that gives a <see cref="Connection{T}"/> filters itself, by <see cref="DataContexts.GetFilterContext"/>.
/// </summary>
public sealed class UseFilteringAttribute : FieldMiddlewareAttribute
{
    public override int Order => 40;

    public override void Configure(FieldConfiguration field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var item = UsePagingAttribute.ItemOf(field.Shape)?.Type ?? throw new SchemaException("[UseFiltering] needs a list.");
        field.AddArgument(new("where", FilterTypes.Of(field.Types, item)) { Description = "Which items to give." });
        if (UsePagingAttribute.IsOwnPage(field.Shape.Type)) return;
        var apply = typeof(FilterExpressions).GetMethod(nameof(FilterExpressions.Apply), BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(item)
            .CreateDelegate<Func<object?, IReadOnlyDictionary<string, object?>, object?>>();
        field.Use(next => async context =>
        {
            var items = await next(context);
            return context.ArgumentValue<Dictionary<string, object?>?>("where") is { } where ? apply(items, where) : items;
        });
    }
}
