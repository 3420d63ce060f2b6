namespace OptiInfra.EventStore;

/// <summary>What a verification of the hash chain found.</summary>
/// <param name="FirstBroken">The first fault in the order of stream and version; null where every event is as it was written.</param>
public sealed record VerificationReport(long Streams, long Events, BrokenEvent? FirstBroken)
{
    public bool IsIntact => FirstBroken is null;

    /// <summary>What checkpoints vouch for it; null where there are none.</summary>
    public CheckpointsReport? Checkpoints { get; init; }
}

/// <param name="SignaturesChecked">False where no key was given to check them with: then whoever may write may have made them up.</param>
public sealed record CheckpointsReport(long Count, Checkpoint Newest, bool SignaturesChecked);

/// <summary>What a verification takes as given.</summary>
/// <param name="Keys">Every checkpoint must be signed with one of these; none leaves signatures unchecked.</param>
/// <param name="Known">A checkpoint that was kept elsewhere: it and all before it must still be there.</param>
public sealed record CheckpointTrust(IReadOnlyList<CheckpointKey> Keys, Checkpoint? Known = null)
{
    public static CheckpointTrust None { get; } = new([]);
}

/// <summary>Where the chain breaks. <paramref name="Detail"/> is a sentence for a person.</summary>
public sealed record BrokenEvent(Guid StreamId, long Version, ChainFault Fault, string Detail);

public enum ChainFault
{
    /// <summary>The event, or one before it, is not what was written.</summary>
    HashMismatch,
    /// <summary>An event is gone, or one is there that was never appended.</summary>
    MissingVersion,
    /// <summary>The stream's head names another version or hash than its last event has.</summary>
    HeadMismatch,
    /// <summary>There are events of a stream that has no head.</summary>
    MissingHead,
    /// <summary>A stream ends before a version that a checkpoint recorded.</summary>
    CutOff,
    /// <summary>All hashes fit each other, and an event is not the one that a checkpoint recorded.</summary>
    Rewritten,
    /// <summary>A stream has events up to a checkpoint's ceiling that the checkpoint did not record.</summary>
    PutIn,
    /// <summary>A stream that a checkpoint recorded is gone.</summary>
    MissingStream,
    /// <summary>A checkpoint was removed, altered, or is signed with no trusted key.</summary>
    Checkpoint,
}

public sealed record VerificationProgress(long Events, long Total);
