using System.Globalization;
using System.Reflection;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>
/// The list is answered in pages: arguments first, after, last and before, and a connection with edges, nodes and pageInfo.
/// A method that gives a <see cref="Connection{T}"/> pages itself, by a parameter of the type <see cref="PagingArguments"/>.
/// </summary>
public sealed class UsePagingAttribute : FieldMiddlewareAttribute
{
    /// <summary>Items of a page where the caller does not say; 10.</summary>
    public int DefaultPageSize { get; set; } = 10;

    /// <summary>Most items of a page; 50.</summary>
    public int MaxPageSize { get; set; } = 50;

    /// <summary>Whether the connection tells how many items there are in all.</summary>
    public bool IncludeTotalCount { get; set; }

    /// <summary>Whether one of first and last must be given.</summary>
    public bool RequirePagingBoundaries { get; set; }

    /// <summary>Whether last and before are offered.</summary>
    public bool AllowBackwardPagination { get; set; } = true;

    /// <summary>In front of Connection and Edge; the field's name by default.</summary>
    public string? ConnectionName { get; set; }

    public override int Order => 20;

    public override void Configure(FieldConfiguration field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var item = ItemOf(field.Shape) ?? throw new SchemaException("[UsePaging] needs a list.");
        field.Field.Type = new NonNullType(ConnectionTypes.Of(field.Types, ConnectionName ?? Names.PascalCase(field.Field.Name), field.Types.Output(item), IncludeTotalCount));
        foreach (var argument in Arguments(field.Types)) field.AddArgument(argument);
        field.Field.ListSize = new(MaxPageSize, AllowBackwardPagination ? ["first", "last"] : ["first"], ["edges", "nodes"], RequirePagingBoundaries);
        field.Field.IsAsync = true;
        if (IsOwnPage(field.Shape.Type))
        {
            field.Use(next => context =>
            {
                context.Paging = Read(context);
                return next(context);
            });
            return;
        }
        var slice = typeof(PageSlicer).GetMethod(nameof(PageSlicer.Slice), BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(item.Type)
            .CreateDelegate<Func<object?, PagingArguments, CancellationToken, ValueTask<object?>>>();
        field.Use(next => async context =>
        {
            var paging = Read(context);
            return await slice(await next(context), paging, context.RequestAborted);
        });
    }

    internal static bool IsOwnPage(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Connection<>);

    internal static ClrShape? ItemOf(ClrShape shape) => IsOwnPage(shape.Type) ? ClrShape.Of(shape.Type.GetGenericArguments()[0]) : shape.Element;

    IEnumerable<InputValue> Arguments(TypeCollector types)
    {
        types.TryFind("Int", out var number);
        types.TryFind("String", out var text);
        yield return new("first", number!) { Description = "How many items, from the front.", RuntimeType = typeof(int?) };
        yield return new("after", text!) { Description = "The cursor behind which the page begins.", RuntimeType = typeof(string) };
        if (!AllowBackwardPagination) yield break;
        yield return new("last", number!) { Description = "How many items, from the back.", RuntimeType = typeof(int?) };
        yield return new("before", text!) { Description = "The cursor before which the page ends.", RuntimeType = typeof(string) };
    }

    /// <exception cref="GraphQLException">The page asked for is too large or makes no sense.</exception>
    PagingArguments Read(ResolverContext context)
    {
        var first = context.ArgumentValue<int?>("first");
        var last = AllowBackwardPagination ? context.ArgumentValue<int?>("last") : null;
        foreach (var (name, size) in new[] { ("first", first), ("last", last) })
        {
            if (size < 0) throw new GraphQLException(string.Create(CultureInfo.InvariantCulture, $"Argument \"{name}\" must not be negative; it is {size}."));
            if (size > MaxPageSize)
                throw new GraphQLException(new GraphQLError(string.Create(CultureInfo.InvariantCulture, $"Argument \"{name}\" is {size}, but a page of \"{context.Field.Name}\" holds at most {MaxPageSize} items.")) { Code = ErrorCodes.PageSize });
        }
        if (first is null && last is null) first = DefaultPageSize;
        return new(first, context.ArgumentValue<string?>("after"), last, AllowBackwardPagination ? context.ArgumentValue<string?>("before") : null);
    }
}
