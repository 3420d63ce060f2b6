using MassTransit;
using MassTransit.Transports;
using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Identity of a message at an endpoint: the key of the inbox.</summary>
/// <param name="Endpoint">Name of the queue.</param>
/// <param name="MessageId">The id under which the message was first sent, also when it was redelivered under another.</param>
readonly record struct Delivery(string Endpoint, Guid MessageId)
{
    /// <exception cref="MessageException">The message has no id.</exception>
    public static Delivery Of(ConsumeContext context)
    {
        var endpoint = context.ReceiveContext.InputAddress.GetEndpointName() ?? "";
        var messageId = context.GetOriginalMessageId() ?? context.MessageId
            ?? throw new MessageException(typeof(ConsumeContext), $"A message at '{endpoint}' has no MessageId, so that it cannot be told from its duplicates.");
        return new(endpoint, messageId);
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        parameters.Add(new() { Value = Endpoint });
        parameters.Add(new() { Value = MessageId });
    }

    /// <summary>
    /// Commits a session together with the inbox row.
    /// Returns false where another delivery of the same message committed first: nothing was written then.
    /// </summary>
    public Task<bool> CommitAsync(IDocumentSession session, MessagingDatabase database, CancellationToken cancellationToken)
    {
        session.QueueSqlCommand($"insert into {database.Schema}.inbox (endpoint, message_id) values ($1, $2)", Endpoint, MessageId);
        return SaveAsync(session, cancellationToken);
    }

    /// <summary>The same for a session in which the inbox row waits already.</summary>
    public static async Task<bool> SaveAsync(IDocumentSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (DatabaseFaults.IsViolationOf(e, "inbox_pkey"))
        {
            return false;
        }
    }
}
