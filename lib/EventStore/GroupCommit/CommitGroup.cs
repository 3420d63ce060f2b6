using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Executes saves in one transaction and one round trip, and tells each what became of it. Where the transaction fails,
/// nothing of it was written: whoever failed it is executed on its own, and the others once more together.
/// </summary>
sealed class CommitGroup(DocumentStore store, CommitLanes lanes)
{
    /// <summary>After that many failures everybody goes alone.</summary>
    const int Attempts = 3;

    /// <exception cref="PostgresException">As raised by the save.</exception>
    public async Task<SaveOutcome> ExecuteOneAsync(PendingSave save, CancellationToken cancellationToken)
    {
        try
        {
            await using var lane = await lanes.RentAsync(cancellationToken);
            if (save.OnlyAppend is { } append && SingleAppend.Fits(append))
                return await lane.SingleAppend.ExecuteAsync(append, cancellationToken) ? SaveOutcome.Committed : SaveOutcome.Alone;
            await using var batch = new OperationBatch(lane.Connection);
            batch.Add(save.Operations);
            await batch.ExecuteAsync(cancellationToken);
            return SaveOutcome.Committed;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return SaveOutcome.Alone;
        }
    }

    /// <summary>Never throws: each save learns its own outcome.</summary>
    public async Task ExecuteAsync(List<PendingSave> saves)
    {
        try
        {
            for (var attempt = 1; attempt <= Attempts && saves.Count > 1; attempt++)
                saves = await ExecuteTogetherAsync(saves);
            if (saves is [var one])
                one.Done(await ExecuteOneAsync(one, CancellationToken.None));
            else
                saves.ForEach(s => s.Done(SaveOutcome.Alone));
        }
        catch (Exception e)
        {
            // where the connection was lost, nobody can say whether the commit was reached: neither for one nor for all
            saves.ForEach(s => s.Fail(e));
        }
    }

    /// <returns>Those of whom nothing was written and who may go together once more.</returns>
    async Task<List<PendingSave>> ExecuteTogetherAsync(List<PendingSave> saves)
    {
        var (appending, others) = Split(saves);
        var append = new GroupAppendOperation(store, appending.Select(s => s.OnlyAppend!));
        try
        {
            await using var lane = await lanes.RentAsync(CancellationToken.None);
            await using var batch = new OperationBatch(lane.Connection);
            try
            {
                Fill(batch, append, appending, others);
                await batch.ExecuteAsync(CancellationToken.None);
            }
            catch (PostgresException e) when (!PostgresErrors.IsConnectionLoss(e))
            {
                var left = batch.OwnerOf(e) switch
                {
                    PendingSave culprit => saves.Where(s => s != culprit).ToList(),
                    List<PendingSave> culprits => saves.Except(culprits).ToList(),
                    _ => [],
                };
                foreach (var save in saves.Except(left))
                    save.Done(SaveOutcome.Alone);
                return left;
            }
            catch (Exception e) when (!batch.IsAnswered && !PostgresErrors.IsConnectionLoss(e))
            {
                // an operation that cannot be sent, a parameter of no type of the database's say: alone, its owner will find out
                saves.ForEach(s => s.Done(SaveOutcome.Alone));
                return [];
            }
        }
        finally
        {
            EventStoreInstruments.SavesTogether.Record(saves.Count);
        }
        foreach (var save in saves)
            save.Done(save.OnlyAppend is { } only && append.IsRefused(only) ? SaveOutcome.Alone : SaveOutcome.Committed);
        return [];
    }

    static void Fill(OperationBatch batch, GroupAppendOperation append, List<PendingSave> appending, List<PendingSave> others)
    {
        if (appending.Count > 0)
            batch.Add([append], appending);
        var combined = new HashSet<ISessionOperation>(ReferenceEqualityComparer.Instance);
        foreach (var same in Combinable(others))
        {
            ICombinableOperation[] parts = [.. same.Select(s => s.Operation)];
            batch.Add([parts[0].Combine(parts)], same.Select(s => s.Save).ToList());
            combined.UnionWith(parts);
        }
        foreach (var other in others)
            batch.Add([.. other.Operations.Where(o => !combined.Contains(o))], other);
    }

    static IEnumerable<IEnumerable<(PendingSave Save, ICombinableOperation Operation)>> Combinable(List<PendingSave> saves)
        => saves
            .SelectMany(s => s.Operations.OfType<ICombinableOperation>().Select(o => (Save: s, Operation: o)))
            .GroupBy(s => s.Operation.Kind)
            .Where(g => g.Skip(1).Any());

    /// <summary>Plain appends go first and in one call; not so one whose stream an earlier save of another kind appends to.</summary>
    static (List<PendingSave> Appending, List<PendingSave> Others) Split(List<PendingSave> saves)
    {
        List<PendingSave> appending = [], others = [];
        HashSet<Guid> behind = [];
        foreach (var save in saves)
            if (save.OnlyAppend is { } only && !behind.Contains(only.StreamId))
                appending.Add(save);
            else
            {
                others.Add(save);
                behind.UnionWith(save.Operations.OfType<AppendOperation>().Select(a => a.StreamId));
            }
        return (appending, others);
    }
}
