using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>What a resolver may ask about the field that it answers.</summary>
public interface IResolverContext
{
    Schema Schema { get; }
    ObjectType ObjectType { get; }
    OutputField Field { get; }
    /// <summary>Under which name the value is answered.</summary>
    string ResponseName { get; }
    /// <summary>Response names and list indexes from the root.</summary>
    IReadOnlyList<object> Path { get; }
    IServiceProvider Services { get; }
    CancellationToken RequestAborted { get; }
    /// <summary>Shared by all resolvers of one request.</summary>
    IDictionary<string, object?> ContextData { get; }

    /// <exception cref="InvalidCastException">The object is of another type.</exception>
    T Parent<T>();

    /// <exception cref="ArgumentException">The field has no such argument.</exception>
    T ArgumentValue<T>(string name);

    /// <exception cref="InvalidOperationException">No such service is registered.</exception>
    T Service<T>() where T : notnull;

    /// <summary>The request's own loader of a type; made on its first use.</summary>
    T DataLoader<T>() where T : class;

    /// <summary>Adds an error at this field; its value is answered all the same.</summary>
    void ReportError(GraphQLError error);

    /// <summary>Whether the document selects a field of this name directly below.</summary>
    bool IsSelected(string fieldName);
}

/// <summary>One call of a resolver.</summary>
public sealed class ResolverContext : IResolverContext
{
    readonly Executor _executor;
    readonly FieldPlan _plan;
    readonly object?[] _arguments;
    readonly IReadOnlyList<InputValue> _definitions;
    IReadOnlyList<object>? _path;

    internal ResolverContext(Executor executor, FieldPlan plan, object? parent, object?[] arguments, IReadOnlyList<InputValue>? definitions = null)
    {
        _definitions = definitions ?? plan.Field.Arguments;
        _executor = executor;
        _plan = plan;
        _arguments = arguments;
        ParentObject = parent;
    }

    /// <summary>Null for the root of an operation; the event for the root of a subscription.</summary>
    internal object? ParentObject { get; }

    internal object?[] Arguments => _arguments;

    /// <summary>The page that a method has to give that pages itself.</summary>
    internal PagingArguments? Paging { get; set; }

    /// <summary>The same call with other arguments than the field's own.</summary>
    internal ResolverContext WithArguments(IReadOnlyList<InputValue> definitions, object?[] arguments) =>
        new(_executor, _plan, ParentObject, arguments, definitions) { _path = Path };

    internal Request Request => _executor.Request;

    internal void KeepPath() => _path ??= _executor.CopyPath();

    public Schema Schema => Request.Schema;
    public ObjectType ObjectType => _plan.ParentType;
    public OutputField Field => _plan.Field;
    public string ResponseName => _plan.ResponseName;
    public IReadOnlyList<object> Path => _path ??= _executor.CopyPath();
    public IServiceProvider Services => Request.Services;
    public CancellationToken RequestAborted => Request.Aborted;
    public IDictionary<string, object?> ContextData => Request.ContextData;

    public T Parent<T>() => (T)ParentObject!;

    public T ArgumentValue<T>(string name)
    {
        for (var i = 0; i < _definitions.Count; i++)
        {
            if (!string.Equals(_definitions[i].Name, name, StringComparison.Ordinal)) continue;
            return ReferenceEquals(_arguments[i], Absent.Value) ? default! : (T)_arguments[i]!;
        }
        throw new ArgumentException($"Field \"{ObjectType.Name}.{Field.Name}\" has no argument \"{name}\".", nameof(name));
    }

    /// <summary>Whether the caller gave the argument, or it has a default.</summary>
    internal object? ArgumentOrAbsent(int index) => _arguments[index];

    public T Service<T>() where T : notnull => (T)(Services.GetService(typeof(T)) ?? throw new InvalidOperationException(
        $"Resolver of \"{ObjectType.Name}.{Field.Name}\" needs {typeof(T)}, which is not registered; add it to the services."));

    public T DataLoader<T>() where T : class => Request.DataLoader<T>();

    public void ReportError(GraphQLError error) => Request.Add(error with
    {
        Path = error.Path ?? Path,
        Locations = error.Locations.Count > 0 ? error.Locations : [_plan.Nodes[0].Location],
    });

    public bool IsSelected(string fieldName) => _plan.Nodes.Any(node => node.SelectionSet is { } set && Selects(set, fieldName));

    bool Selects(SelectionSetNode set, string fieldName) => set.Selections.Any(selection => selection switch
    {
        FieldNode field => string.Equals(field.Name.Value, fieldName, StringComparison.Ordinal),
        InlineFragmentNode inline => Selects(inline.SelectionSet, fieldName),
        FragmentSpreadNode spread => Request.Operation.Fragments.TryGetValue(spread.Name.Value, out var fragment) && Selects(fragment.SelectionSet, fieldName),
        _ => false,
    });
}
