using System.Buffers;

namespace OptiInfra.GraphQL.Execution;

sealed partial class Executor
{
    readonly List<Segment> _pieces = [];
    bool _isRootNull;

    /// <summary>Executes all root fields; those of a mutation one after the other.</summary>
    /// <param name="root">What the root fields' parent is: the event of a subscription, or the request's own.</param>
    /// <exception cref="OperationCanceledException">The request was aborted or ran out of time.</exception>
    public async ValueTask Execute(SelectionSetPlan plan, object? root, bool isSerial)
    {
        Request.Batches.Hold();
        Begin();
        writer.WriteByte((byte)'{');
        for (var i = 0; i < plan.Fields.Length && !_isRootNull; i++)
        {
            if (i > 0) writer.WriteByte((byte)',');
            writer.WriteRaw(plan.Fields[i].Label);
            if (!WriteField(plan.Fields[i], root)) _isRootNull = true;
            if (!isSerial || _waiting == 0) continue;
            // what comes late is written behind: the next field begins a piece of its own
            _segment.End = writer.Length;
            await FillGaps();
            Begin();
        }
        writer.WriteByte((byte)'}');
        _segment.End = writer.Length;
        await FillGaps();
    }

    void Begin()
    {
        _segment = new(writer.Length);
        _pieces.Add(_segment);
        _anchor = null;
        Depth = 0;
    }

    /// <summary>The value of <c>data</c>.</summary>
    public void WriteData(IBufferWriter<byte> output)
    {
        if (_isRootNull) output.Write("null"u8);
        else foreach (var piece in _pieces) WriteSegment(output, piece);
    }

    void WriteSegment(IBufferWriter<byte> output, Segment segment)
    {
        var written = writer.Written;
        var at = segment.Start;
        foreach (var anchor in segment.Anchors)
        {
            // inside a stretch that was wiped out
            if (anchor.Start < at) continue;
            if (anchor is not Gap && !anchor.IsNull) continue;
            output.Write(written[at..anchor.Start]);
            at = anchor.End;
            if (anchor.IsNull || anchor is not Gap { Segment: { } filling }) output.Write("null"u8);
            else WriteSegment(output, filling);
        }
        output.Write(written[at..segment.End]);
    }
}
