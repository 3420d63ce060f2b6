namespace OptiInfra.Messaging;

/// <summary>Where the relay of this process stands.</summary>
/// <param name="IsLeader">Whether it is this process that publishes.</param>
/// <param name="Position">Everything up to this sequence is on the bus.</param>
/// <param name="Published">Events published by this process since its start.</param>
/// <param name="Problem">Why it does not get on, in words for an operator; null when all is well.</param>
public sealed record RelayStatus(bool IsLeader, long Position, long Published, string? Problem);
