namespace OptiInfra.CloudSim.Signing;

/// <summary>What of an HTTP request goes into its signature.</summary>
/// <param name="Path">As it was sent, percent-encoding and all.</param>
/// <param name="Query">As it was sent, without the question mark.</param>
/// <param name="Header">The value of a header by its lower-case name, several joined by commas; null where absent.</param>
public sealed record SignedRequest(string Method, string Path, string Query, Func<string, string?> Header, ReadOnlyMemory<byte> Body);
