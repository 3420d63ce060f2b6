using System.Threading.Channels;

namespace OptiInfra.GraphQL.Execution;

sealed partial class Executor
{
    Channel<object>? _done;
    int _waiting;

    /// <summary>A stretch of the buffer that a late null may wipe out.</summary>
    class Anchor(int start, Anchor? outer)
    {
        public int Start { get; } = start;
        public int End { get; set; } = start;
        public Anchor? Outer { get; } = outer;
        public bool IsNull { get; set; }

        public bool IsWipedOut
        {
            get
            {
                for (var anchor = this; anchor is not null; anchor = anchor.Outer)
                    if (anchor.IsNull) return true;
                return false;
            }
        }
    }

    /// <summary>A place whose value comes later; its own stretch is empty, what belongs there is a segment behind.</summary>
    sealed class Gap(FieldPlan plan, ValueTask<object?> value, int start, Anchor? outer, object[] path) : Anchor(start, outer)
    {
        public FieldPlan Plan { get; } = plan;
        public ValueTask<object?> Value { get; } = value;
        public object[] Path { get; } = path;
        public Segment? Segment { get; set; }
    }

    /// <summary>A piece written in one go, with the anchors and gaps in it in the order of their places.</summary>
    sealed class Segment(int start)
    {
        public int Start { get; } = start;
        public int End { get; set; }
        public List<Anchor> Anchors { get; } = [];
    }

    Anchor Mark(int start, Anchor? outer)
    {
        var anchor = new Anchor(start, outer);
        _segment.Anchors.Add(anchor);
        return anchor;
    }

    void TakeBackTo(int start)
    {
        writer.TakeBackTo(start);
        var anchors = _segment.Anchors;
        while (anchors.Count > 0 && anchors[^1].Start >= start)
        {
            // a value that still comes for a place that is gone finds it wiped out
            anchors[^1].IsNull = true;
            anchors.RemoveAt(anchors.Count - 1);
        }
    }

    void LeaveGap(FieldPlan plan, ValueTask<object?> value)
    {
        _done ??= Channel.CreateUnbounded<object>(new() { SingleReader = true });
        var gap = new Gap(plan, value, writer.Length, _anchor, _path.AsSpan(0, Depth).ToArray());
        _segment.Anchors.Add(gap);
        _waiting++;
        var done = _done.Writer;
        value.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => done.TryWrite(gap));
    }

    /// <summary>Waits until every gap is filled, sending off batches whenever nothing else can go on.</summary>
    /// <exception cref="OperationCanceledException">The request was aborted or ran out of time.</exception>
    async ValueTask FillGaps()
    {
        if (_done is null) return;
        Request.Batches.Attach(_done.Writer);
        while (_waiting > 0)
        {
            while (_waiting > 0 && _done.Reader.TryRead(out var item))
            {
                if (item is Gap gap) Fill(gap);
                else if (item is Action finishBatch) finishBatch();
            }
            if (_waiting == 0) break;
            if (Request.Batches.Dispatch()) continue;
            await _done.Reader.WaitToReadAsync(Request.Aborted);
        }
    }

    void Fill(Gap gap)
    {
        _waiting--;
        if (gap.IsWipedOut)
        {
            _ = gap.Value.IsFaulted ? gap.Value.AsTask().Exception : null;
            return;
        }
        if (_path.Length < gap.Path.Length) _path = new object[gap.Path.Length + 8];
        gap.Path.CopyTo(_path, 0);
        Depth = gap.Path.Length;
        var start = writer.Length;
        var segment = _segment = gap.Segment = new(start);
        var plan = gap.Plan;
        _anchor = plan.Value.IsNonNull ? gap.Outer : gap;
        bool isWritten;
        try
        {
            isWritten = Complete(plan, plan.Value, gap.Value.GetAwaiter().GetResult());
        }
        catch (Exception fault) when (!IsAborted(fault))
        {
            isWritten = WriteFault(plan, plan.Value, fault, start);
        }
        segment.End = writer.Length;
        if (isWritten) return;
        if (gap.Outer is { } outer) outer.IsNull = true;
        else _isRootNull = true;
    }
}
