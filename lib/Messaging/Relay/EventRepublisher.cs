using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>A range of the log to send to one endpoint again.</summary>
/// <param name="To">The last sequence that belongs to it.</param>
/// <param name="By">Who wants it; kept.</param>
/// <param name="ForgetInbox">Also what the endpoint has handled is to be handled again.</param>
public sealed record RepublishRequest(long From, long To, string Endpoint, string By, bool ForgetInbox);

/// <param name="Sent">Events that the endpoint takes and its queue has confirmed.</param>
/// <param name="NotTaken">Events of the range that the endpoint does not take.</param>
/// <param name="Forgotten">Of those sent, how many it had handled and will handle again.</param>
public sealed record RepublishResult(long Sent, long NotTaken, long Forgotten);

/// <summary>
/// Sends stored events to one endpoint's queue again, and to nobody else. What it has handled its inbox passes over, unless
/// that is deleted first. Who did it is kept in the table <c>relay_republish</c>.
/// </summary>
public sealed class EventRepublisher
{
    const int Page = 500;

    readonly IDocumentStore store;
    readonly IEventPublisher publisher;
    readonly Subscriptions subscriptions;
    readonly MessagingDatabase database;

    internal EventRepublisher(IDocumentStore store, IEventPublisher publisher, Subscriptions subscriptions, MessagingDatabase database)
    {
        this.store = store;
        this.publisher = publisher;
        this.subscriptions = subscriptions;
        this.database = database;
    }

    /// <summary>Names of the endpoints to which something can be sent.</summary>
    public IReadOnlyList<string> Endpoints => subscriptions.Endpoints;

    /// <exception cref="ArgumentException">There is no such endpoint or no such range.</exception>
    /// <exception cref="EventNotPublishedException">The queue does not exist, or RabbitMQ went away.</exception>
    public async Task<RepublishResult> RepublishAsync(RepublishRequest request, CancellationToken cancellationToken = default)
    {
        if (request.From < 1 || request.To < request.From)
            throw new ArgumentException($"{request.From} to {request.To} is no range of sequences, which begin at 1.", nameof(request));
        var types = subscriptions.Of(request.Endpoint);
        if (types.Count == 0)
            throw new ArgumentException($"There is no endpoint '{request.Endpoint}'; there are {string.Join(", ", Endpoints)}.", nameof(request));
        var record = await RecordAsync(request, cancellationToken);
        await using var channel = await publisher.OpenAsync(cancellationToken);
        var result = new RepublishResult(0, 0, 0);
        for (var position = request.From - 1; position < request.To;)
        {
            var page = await store.Log.ReadAsync(position, Page, cancellationToken);
            if (page.Ceiling <= position)
                break;
            position = page.Ceiling;
            var inRange = page.Events.Where(e => e.Sequence <= request.To).ToList();
            var taken = inRange.Where(e => types.Contains(e.EventType)).ToList();
            var forgotten = request.ForgetInbox ? await ForgetAsync(request.Endpoint, taken, cancellationToken) : 0;
            foreach (var e in taken)
                await channel.SendAsync(e, request.Endpoint, cancellationToken);
            result = new(result.Sent + taken.Count, result.NotTaken + inRange.Count - taken.Count, result.Forgotten + forgotten);
        }

        await channel.Ledger.ConfirmedAsync(channel.Ledger.SentCount, cancellationToken);
        await CompleteAsync(record, result, cancellationToken);
        return result;
    }

    async Task<Guid> RecordAsync(RepublishRequest request, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        await using var command = database.Source.CreateCommand(
            $"insert into {database.Schema}.relay_republish (id, requested_by, endpoint, from_sequence, to_sequence, forget_inbox) values ($1, $2, $3, $4, $5, $6)");
        Add(command, id, request.By, request.Endpoint, request.From, request.To, request.ForgetInbox);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return id;
    }

    async Task CompleteAsync(Guid id, RepublishResult result, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand($"update {database.Schema}.relay_republish set sent = $2, forgotten = $3 where id = $1");
        Add(command, id, result.Sent, result.Forgotten);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    async Task<long> ForgetAsync(string endpoint, List<IEvent> events, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand($"delete from {database.Schema}.inbox where endpoint = $1 and message_id = any($2)");
        Add(command, endpoint, events.Select(e => e.Id).ToArray());
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    static void Add(NpgsqlCommand command, params object[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
    }
}
