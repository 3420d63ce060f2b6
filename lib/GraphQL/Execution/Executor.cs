using System.Text.Json;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>
/// Executes one operation into one buffer. Fields are answered depth first and written at once; where a resolver has to
/// wait, a gap is left and what belongs there is written behind, to be put in its place at the end.
/// All writing happens on one thread at a time.
/// </summary>
sealed partial class Executor(Request request, ResultWriter writer)
{
    object[] _path = new object[16];
    object?[]?[] _arguments = [];
    Segment _segment = new(0);
    Anchor? _anchor;

    public Request Request { get; } = request;

    /// <summary>How far below the root the field stands that is being answered.</summary>
    public int Depth { get; private set; }

    public IReadOnlyList<object> CopyPath() => _path.AsSpan(0, Depth).ToArray();

    void Step(object segment)
    {
        if (Depth == _path.Length) Array.Resize(ref _path, _path.Length * 2);
        _path[Depth++] = segment;
    }

    /// <summary>False where a null of a non-null field wipes out this object.</summary>
    bool WriteObject(SelectionSetPlan plan, object parent)
    {
        writer.WriteByte((byte)'{');
        var fields = plan.Fields;
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0) writer.WriteByte((byte)',');
            writer.WriteRaw(fields[i].Label);
            if (!WriteField(fields[i], parent)) return false;
        }
        writer.WriteByte((byte)'}');
        return true;
    }

    bool WriteField(FieldPlan plan, object? parent)
    {
        if (plan.Constant is { } constant)
        {
            writer.WriteRaw(constant);
            return true;
        }
        var start = writer.Length;
        var depth = Depth;
        var anchor = _anchor;
        Step(plan.ResponseName);
        bool isWritten;
        try
        {
            if (plan.Field.WriteLeaf is { } leaf) isWritten = leaf(parent!, writer) || WriteNull(plan, plan.Value);
            else if (plan.Field.Resolver is { } resolver) isWritten = Resolve(plan, resolver, parent);
            else isWritten = Complete(plan, plan.Value, Read(plan.Field, parent!));
        }
        catch (Exception fault) when (!IsAborted(fault))
        {
            (Depth, _anchor) = (depth + 1, anchor);
            isWritten = WriteFault(plan, plan.Value, fault, start);
        }
        Depth = depth;
        return isWritten;
    }

    bool Resolve(FieldPlan plan, FieldResolver resolver, object? parent)
    {
        var context = new ResolverContext(this, plan, parent, ArgumentsOf(plan));
        var value = resolver(context);
        if (value.IsCompleted) return Complete(plan, plan.Value, value.GetAwaiter().GetResult());
        context.KeepPath();
        LeaveGap(plan, value);
        return true;
    }

    object?[] ArgumentsOf(FieldPlan plan)
    {
        if (plan.Arguments.Constant is { } constant) return constant;
        if (_arguments.Length <= plan.ArgumentSlot) Array.Resize(ref _arguments, plan.ArgumentSlot + 8);
        return _arguments[plan.ArgumentSlot] ??= InputCoercion.Arguments(plan.Field.Arguments, plan.Nodes[0].Arguments, Request.Variables);
    }

    static object? Read(OutputField field, object parent) => field.Read is { } read ? read(parent) : parent switch
    {
        IReadOnlyDictionary<string, object?> fields => fields.GetValueOrDefault(field.Name),
        JsonElement { ValueKind: JsonValueKind.Object } element => element.TryGetProperty(field.Name, out var property) ? Plain(property) : null,
        _ => null,
    };

    static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt32(out var number) ? number : element.TryGetInt64(out var wide) ? wide : element.GetDouble(),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        _ => element,
    };

    /// <summary>False where the value wipes out its parent; what it wrote is then left for the parent to take back.</summary>
    bool Complete(FieldPlan field, ValuePlan plan, object? value)
    {
        if (value is null) return WriteNull(field, plan);
        if (plan.Leaf is { } leaf)
        {
            leaf(writer, value);
            return true;
        }
        var start = writer.Length;
        var outer = _anchor;
        // only a late null needs to know which stretch it wipes out
        if (plan is { MayWait: true, IsNonNull: false }) _anchor = Mark(start, outer);
        var isWritten = plan.Element is { } element ? WriteList(field, element, value) : WriteObject(plan.Composite!.For(value), value);
        if (!ReferenceEquals(_anchor, outer))
        {
            _anchor!.End = writer.Length;
            _anchor = outer;
        }
        if (isWritten) return true;
        if (plan.IsNonNull) return false;
        TakeBackTo(start);
        writer.WriteNull();
        return true;
    }

    bool WriteNull(FieldPlan field, ValuePlan plan)
    {
        if (!plan.IsNonNull)
        {
            writer.WriteNull();
            return true;
        }
        Request.Add(ErrorAt(field, new($"Cannot return null for non-nullable field {field.ParentType.Name}.{field.Field.Name}.")));
        return false;
    }

    /// <summary>Adds what was thrown as errors of the field.</summary>
    bool WriteFault(FieldPlan field, ValuePlan plan, Exception fault, int start)
    {
        foreach (var error in Faults.Of(fault, Request.Options)) Request.Add(ErrorAt(field, error));
        if (plan.IsNonNull) return false;
        TakeBackTo(start);
        writer.WriteNull();
        return true;
    }

    GraphQLError ErrorAt(FieldPlan field, GraphQLError error) => error with
    {
        Path = error.Path ?? CopyPath(),
        Locations = error.Locations.Count > 0 ? error.Locations : [.. field.Nodes.Select(node => node.Location)],
    };

    bool IsAborted(Exception fault) => fault is OperationCanceledException && Request.Aborted.IsCancellationRequested;
}
