using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>What PostgreSQL's errors mean here.</summary>
static class PostgresErrors
{
    // raised by the functions in Scripts/, with the parts of the message in their hint: the detail is withheld by the driver
    const string UnexpectedVersion = "ES001";
    const string StreamExists = "ES002";
    const string OtherTenant = "ES003";
    const string ProgressionMoved = "ES004";
    const string UnexpectedRows = "ES005";
    const string StreamArchived = "ES006";

    /// <summary>The exception to throw instead; null where PostgreSQL's own says it best.</summary>
    public static Exception? Translate(PostgresException e)
    {
        var hint = (e.Hint ?? "").Split('|', 3);
        return e.SqlState switch
        {
            UnexpectedVersion => new EventStreamUnexpectedMaxEventIdException(Guid.Parse(hint[0]), Number(hint[1]), Number(hint[2])),
            StreamExists => new ExistingStreamIdCollisionException(Guid.Parse(hint[0])),
            OtherTenant => new StreamOfAnotherTenantException(Guid.Parse(hint[0])),
            ProgressionMoved => new ProgressionOutOfOrderException(hint[1], Number(hint[0])),
            StreamArchived => new StreamArchivedException(Guid.Parse(hint[0])),
            UnexpectedRows => new ConcurrencyException(e.MessageText, e),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure =>
                new ConcurrencyException("PostgreSQL undid this transaction in favour of another; read again and decide again.", e),
            PostgresErrorCodes.UniqueViolation when e.ConstraintName is "events_stream_version" or "events_id" =>
                new ConcurrencyException("An event of this stream and version, or of this id, exists already.", e),
            _ => null,
        };
    }

    /// <summary>The server is away, going or coming, or has no connection to spare: waiting helps.</summary>
    public static bool IsConnectionLoss(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal)
            || p.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || p.SqlState == PostgresErrorCodes.TooManyConnections,
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
