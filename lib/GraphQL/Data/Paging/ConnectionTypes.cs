using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>The types XConnection, XEdge and PageInfo.</summary>
static class ConnectionTypes
{
    public static ObjectType Of(TypeCollector types, string name, IType node, bool includeTotalCount)
    {
        types.TryFind("String", out var text);
        types.TryFind("Boolean", out var flag);
        types.TryFind("Int", out var number);
        var pageInfo = types.Named("PageInfo", () => Object("PageInfo", "What lies around a page.",
            Field<ConnectionPageInfo>("hasNextPage", new NonNullType(flag!), "Whether items follow.", page => page.HasNextPage),
            Field<ConnectionPageInfo>("hasPreviousPage", new NonNullType(flag!), "Whether items stand before.", page => page.HasPreviousPage),
            Field<ConnectionPageInfo>("startCursor", text!, "The cursor of the first item.", page => page.StartCursor),
            Field<ConnectionPageInfo>("endCursor", text!, "The cursor of the last item.", page => page.EndCursor)));
        var edge = types.Named(name + "Edge", () => Object(name + "Edge", "An item and its place in the list.",
            Field<IEdge>("cursor", new NonNullType(text!), "For after and before.", item => item.Cursor),
            Field<IEdge>("node", node, "The item.", item => item.Node)));
        return types.Named(name + "Connection", () =>
        {
            var connection = Object(name + "Connection", "One page of a list.",
            [
                Field<IConnection>("pageInfo", new NonNullType(pageInfo), "What lies around this page.", page => page.PageInfo),
                Field<IConnection>("edges", new ListType(new NonNullType(edge)), "The items with their places.", page => page.Edges),
                Field<IConnection>("nodes", new ListType(node), "The items.", page => page.Nodes),
                .. TotalCount(),
            ]);
            return connection;
        });

        IEnumerable<OutputField> TotalCount()
        {
            if (!includeTotalCount) yield break;
            yield return new("totalCount", new NonNullType(number!))
            {
                Description = "How many items the whole list has.",
                IsAsync = true,
                Resolver = async context => await context.Parent<IConnection>().TotalCount!(context.RequestAborted),
            };
        }
    }

    static ObjectType Object(string name, string description, params IEnumerable<OutputField> fields)
    {
        var type = new ObjectType(name) { Description = description };
        type.SetFields(fields);
        return type;
    }

    static OutputField Field<T>(string name, IType type, string description, Func<T, object?> read) =>
        new(name, type) { Description = description, Read = parent => read((T)parent) };
}
