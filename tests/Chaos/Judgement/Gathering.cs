using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit;
using OptiInfra.Chaos.Customers;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Judgement;

/// <summary>Reads everything that is left once all has come to rest.</summary>
sealed class Gathering(ChaosScene scene, IReadOnlyList<ChaosFleet> fleets)
{
    const int PageSize = 1000;
    readonly IReadOnlyList<string> customers = [.. fleets.Select(f => f.Customer).Distinct(StringComparer.Ordinal)];

    public async Task<Evidence> GatherAsync(Desk desk, IReadOnlyList<Subscription> subscriptions, IReadOnlyDictionary<string, string> readModels, IReadOnlyDictionary<string, string> rebuilt)
    {
        var (exitCode, report) = await OptiInfraProgram.RunAsync(["audit", "verify"], scene.Environment);
        return new Evidence
        {
            Requested = [.. fleets.Select(f => f.MigrationId)],
            Events = await EventsAsync(),
            Migrations = await MigrationsAsync(),
            Followed = desk.Followed,
            Misordered = [.. desk.Misordered],
            Commands = [.. (await Task.WhenAll(customers.Select(DocumentsAsync<RecordedCommand>))).SelectMany(c => c)],
            Subscriptions = subscriptions,
            Inbox = await InboxAsync(),
            LeftMessages = await LeftMessagesAsync(),
            Launches = await LaunchesAsync(),
            Machines = await MachinesAsync(),
            ReadModels = readModels,
            Rebuilt = rebuilt,
            ChainIsIntact = exitCode == 0,
            ChainReport = report.Trim(),
        };
    }

    /// <summary>Who is to handle which events, by the broker's bindings.</summary>
    public async Task<IReadOnlyList<Subscription>> SubscriptionsAsync()
    {
        IReadOnlyList<Subscription> subscriptions = [];
        await Eventually.TrueAsync(
            async () => ChaosScene.Endpoints.IsSubsetOf((subscriptions = await BoundAsync()).Select(s => s.Endpoint)),
            ChaosScene.StartBound, $"the queues {string.Join(", ", ChaosScene.Endpoints)} with what they are bound to");
        return subscriptions;
    }

    async Task<IReadOnlyList<Subscription>> BoundAsync()
    {
        var queues = (await scene.Broker.QueuesAsync()).ToHashSet(StringComparer.Ordinal);
        var subscriptions = new List<Subscription>();
        foreach (var type in scene.Store.Options.Events.Mappings.Select(m => m.Type))
            foreach (var endpoint in await scene.Broker.BoundToAsync(KebabCaseEndpointNameFormatter.Instance.SanitizeName(type.Name)))
                if (queues.Contains(endpoint))
                    subscriptions.Add(new(endpoint, type));
        return subscriptions;
    }

    /// <summary>Every document of every projection, as JSON whose keys are sorted.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadModelsAsync()
    {
        var models = new Dictionary<string, string>(StringComparer.Ordinal);
        var generic = typeof(Gathering).GetMethod(nameof(DocumentsAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;
        foreach (var type in scene.Store.Options.Projections.All.SelectMany(p => p.Projection.DocumentTypes).Distinct())
            foreach (var customer in customers)
            {
                var reading = (Task)generic.MakeGenericMethod(type).Invoke(this, [customer])!;
                await reading;
                foreach (var document in (System.Collections.IEnumerable)((dynamic)reading).Result)
                {
                    var json = JsonSerializer.SerializeToNode(document, type, scene.Store.Options.Serializer)!;
                    models.Add($"{type.Name} {customer} {json["id"]}", Sorted(json)!.ToJsonString());
                }
            }

        return models;
    }

    async Task<IReadOnlyList<T>> DocumentsAsync<T>(string customer) where T : class
    {
        await using var session = scene.Store.QuerySession(customer);
        return await session.QueryAsync<T>("");
    }

    async Task<IReadOnlyList<IEvent>> EventsAsync()
    {
        var streams = new List<(Guid Id, string Customer)>();
        await using (var command = scene.Store.DataSource.CreateCommand($"select distinct stream_id, tenant_id from {scene.Schema.Schema}.events"))
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                streams.Add((reader.GetGuid(0), reader.GetString(1)));
        var events = new List<IEvent>();
        foreach (var (id, customer) in streams)
        {
            await using var session = scene.Store.QuerySession(customer);
            events.AddRange(await session.Events.FetchStreamAsync(id));
        }

        return [.. events.OrderBy(e => e.Sequence)];
    }

    async Task<IReadOnlyList<SpotMigration>> MigrationsAsync()
    {
        var migrations = new List<SpotMigration>();
        foreach (var fleet in fleets)
        {
            await using var session = scene.Store.QuerySession(fleet.Customer);
            if (await session.Events.AggregateStreamAsync<SpotMigration>(fleet.MigrationId) is { } migration)
                migrations.Add(migration);
        }

        return migrations;
    }

    async Task<IReadOnlyList<Handled>> InboxAsync()
    {
        var rows = new List<Handled>();
        await using var command = scene.Store.DataSource.CreateCommand($"select endpoint, message_id from {scene.Schema.Schema}.inbox");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add(new(reader.GetString(0), reader.GetGuid(1)));
        return rows;
    }

    /// <summary>All that lies in error queues and dead letters, and what was never taken from the others.</summary>
    async Task<IReadOnlyList<LeftMessage>> LeftMessagesAsync()
    {
        var left = new List<LeftMessage>();
        foreach (var queue in await scene.Broker.QueuesAsync())
            for (var count = await scene.Broker.MessageCountAsync(queue) ?? 0; count > 0; count--)
                if (await scene.Broker.TakeAsync(queue) is { } message)
                    left.Add(new(queue, message.MessageId, message.Headers.GetValueOrDefault("MT-Fault-Message") ?? message.Headers.GetValueOrDefault("MT-Reason") ?? "no reason given"));
        return left;
    }

    async Task<IReadOnlyList<Launch>> LaunchesAsync()
    {
        using var launches = JsonDocument.Parse(await scene.Cloud.Control.GetStringAsync("/control/launches"));
        return
        [
            .. launches.RootElement.EnumerateArray()
                .SelectMany(l => l.GetProperty("instanceIds").EnumerateArray().Select(id => new Launch(l.GetProperty("clientToken").GetString() ?? "(none)", id.GetString()!)))
                .Distinct(),
        ];
    }

    async Task<IReadOnlyDictionary<string, Machine>> MachinesAsync()
    {
        using var state = JsonDocument.Parse(await scene.Cloud.Control.GetStringAsync("/control/state"));
        return state.RootElement.GetProperty("instances").EnumerateArray()
            .Select(i => new Machine(
                i.GetProperty("id").GetString()!, i.GetProperty("state").GetString()!, i.GetProperty("trafficShare").GetDouble(),
                scene.TakenBack.ContainsKey(i.GetProperty("id").GetString()!)))
            // what was terminated an hour ago by its clock the cloud lists no more
            .Concat(scene.TakenBack.Keys.Select(id => new Machine(id, "terminated", 0, TakenBack: true)))
            .DistinctBy(m => m.InstanceId)
            .ToDictionary(m => m.InstanceId, StringComparer.Ordinal);
    }

    static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Sorted)]),
        null => null,
        _ => node.DeepClone(),
    };
}
