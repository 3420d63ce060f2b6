using System.Net.Sockets;
using Npgsql;

namespace OptiInfra.Messaging;

/// <summary>What kind of failure an exception is, looking through what wraps it.</summary>
static class DatabaseFaults
{
    /// <summary>Raised by saga_state_update and saga_state_delete.</summary>
    const string SagaVersionConflict = "OI001";

    /// <summary>Somebody else was faster: reading again and deciding again helps, at once.</summary>
    public static bool IsConcurrency(Exception exception) => Any(exception, static e =>
        e is EventStore.ConcurrencyException or MassTransit.ConcurrencyException
        || e is PostgresException
        {
            SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or SagaVersionConflict
        });

    /// <summary>The database cannot be reached or is shutting down: waiting helps.</summary>
    public static bool IsOutage(Exception exception) => !IsConcurrency(exception) && Any(exception, static e =>
        e is NpgsqlException { IsTransient: true }
        || e is PostgresException
        {
            SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        }
        || e is NpgsqlException { InnerException: SocketException or IOException or TimeoutException });

    public static bool IsSagaConflict(Exception exception) =>
        IsViolationOf(exception, "saga_state_pkey") || Any(exception, static e => e is PostgresException { SqlState: SagaVersionConflict });

    public static bool IsViolationOf(Exception exception, string constraint) => Any(exception, e =>
        e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } postgres && postgres.ConstraintName == constraint);

    static bool Any(Exception exception, Func<Exception, bool> matches)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
            if (matches(e))
                return true;
        return false;
    }
}
