namespace OptiInfra.EventStore;

/// <summary>What a verification of the hash chain found.</summary>
/// <param name="FirstBroken">The first fault in the order of stream and version; null where every event is as it was written.</param>
public sealed record VerificationReport(long Streams, long Events, BrokenEvent? FirstBroken)
{
    public bool IsIntact => FirstBroken is null;
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
}

public sealed record VerificationProgress(long Events, long Total);
