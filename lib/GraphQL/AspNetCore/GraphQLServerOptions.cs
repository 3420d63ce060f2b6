namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>Bounds of the transports.</summary>
public sealed class GraphQLServerOptions
{
    /// <summary>Largest body of a request, and message of a socket, in bytes; 256 KiB.</summary>
    public int MaxRequestBytes { get; set; } = 256 * 1024;

    /// <summary>Most operations in one request; 1 refuses lists of operations.</summary>
    public int MaxBatchSize { get; set; } = 1;

    /// <summary>How long a new socket may take to send connection_init.</summary>
    public TimeSpan ConnectionInitializationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an event stream without events shows that it lives, and a socket is pinged.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>Most operations at once on one socket or event stream.</summary>
    public int MaxOperationsPerConnection { get; set; } = 100;

    /// <summary>Most event streams in single connection mode that are reserved or open.</summary>
    public int MaxEventStreams { get; set; } = 1_000;
}
