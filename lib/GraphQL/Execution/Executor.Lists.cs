using System.Collections;

namespace OptiInfra.GraphQL.Execution;

sealed partial class Executor
{
    // paths hold indexes as objects: the first ones are boxed once for all
    static readonly object[] Indexes = [.. Enumerable.Range(0, 256).Select(index => (object)index)];

    bool WriteList(FieldPlan field, ValuePlan element, object value)
    {
        writer.WriteByte((byte)'[');
        var isWritten = value switch
        {
            // strings are sequences of characters too
            string => throw NoList(field, value),
            IReadOnlyList<object?> items => WriteItems(field, element, items),
            IEnumerable items => WriteItems(field, element, items),
            _ => throw NoList(field, value),
        };
        if (!isWritten) return false;
        writer.WriteByte((byte)']');
        return true;
    }

    static InvalidOperationException NoList(FieldPlan field, object value) =>
        new($"Expected Iterable, but did not find one for field \"{field.ParentType.Name}.{field.Field.Name}\": it is a {value.GetType().Name}.");

    bool WriteItems(FieldPlan field, ValuePlan element, IReadOnlyList<object?> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (!WriteItem(field, element, items[i], i)) return false;
        }
        return true;
    }

    bool WriteItems(FieldPlan field, ValuePlan element, IEnumerable items)
    {
        var i = 0;
        foreach (var item in items)
        {
            if (!WriteItem(field, element, item, i++)) return false;
        }
        return true;
    }

    bool WriteItem(FieldPlan field, ValuePlan element, object? item, int index)
    {
        if (index > 0) writer.WriteByte((byte)',');
        var start = writer.Length;
        var depth = Depth;
        var anchor = _anchor;
        Step(index < Indexes.Length ? Indexes[index] : index);
        bool isWritten;
        try
        {
            isWritten = Complete(field, element, item);
        }
        catch (Exception fault) when (!IsAborted(fault))
        {
            (Depth, _anchor) = (depth + 1, anchor);
            isWritten = WriteFault(field, element, fault, start);
        }
        Depth = depth;
        return isWritten;
    }
}
