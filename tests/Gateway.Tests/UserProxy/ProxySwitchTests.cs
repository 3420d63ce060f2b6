using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests;

public sealed class ProxySwitchTests
{
    [Fact]
    public async Task No_request_fails_while_the_address_moves_to_and_fro()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await using var users = new Users(proxy, job);
        for (var epoch = 2; epoch <= 7; epoch++)
        {
            await users.AnsweredAsync();
            await scene.SwitchAsync(job, epoch, epoch % 2 == 0 ? two.Address : one.Address);
            await scene.LeadsAsync(job, epoch);
        }

        var (answers, failures) = await users.StopAsync();
        Assert.Empty(failures);
        Assert.Equal(["one", "two"], answers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Requests_under_way_finish_where_they_began_and_are_counted()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        var slow = proxy.Client.GetStringAsync(Proxy.Path(job, "/slow"));
        await Eventually.TrueAsync(() => one.Seen.Contains("/slow"), ProxyScene.Bound, "a slow request");
        await scene.SwitchAsync(job, 2, two.Address);
        await scene.LeadsAsync(job, 2);
        Assert.Equal("two 1", await proxy.PredictAsync(job, "1"));
        Assert.Equal([new DrainingTarget(1, 1)], (await scene.ReportAsync(job, proxy))!.Draining);
        Assert.False(slow.IsCompleted);
        one.Released.SetResult();
        Assert.Equal("one", await slow);
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))!.Draining.Count == 0, ProxyScene.Bound, "an empty old trainer");
    }

    [Fact]
    public async Task A_trainer_that_does_not_answer_gets_nothing_and_the_old_one_keeps_all()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        two.HealthStatus = 500;
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await using var users = new Users(proxy, job);
        await scene.SwitchAsync(job, 2, two.Address);
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))?.Problem is not null, ProxyScene.Bound, "a problem");
        var report = (await scene.ReportAsync(job, proxy))!;
        Assert.Equal(new RouteTarget(1, one.Address), report.Active);
        Assert.Equal($"http://{two.Address}/health answers 500.", report.Problem);

        // another wish comes before this one could be met
        await scene.SwitchAsync(job, 3, UnusedAddress());
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))?.Problem?.Contains("cannot be reached", StringComparison.Ordinal) == true, ProxyScene.Bound, "the newer problem");
        await users.AnsweredAsync();
        await scene.SwitchAsync(job, 1, one.Address, back: true);
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))?.Problem is null, ProxyScene.Bound, "the way back");
        two.HealthStatus = 200;
        await scene.SwitchAsync(job, 4, two.Address);
        await scene.LeadsAsync(job, 4);
        var (answers, failures) = await users.StopAsync();
        Assert.Empty(failures);
        Assert.Contains("one", answers.Keys);
    }

    [Fact]
    public async Task Requests_to_a_trainer_that_died_wait_for_the_next_one()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        await using var proxy = await scene.ProxyAsync(options => options.RetryFor = ProxyScene.Bound);
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await using var users = new Users(proxy, job);
        await users.AnsweredAsync();
        await one.KillAsync();
        var waiting = proxy.PredictAsync(job, "while none is there");
        var posted = proxy.Client.PostAsync(Proxy.Path(job, "/die"), null);
        await scene.SwitchAsync(job, 2, two.Address);
        Assert.Equal("two while none is there", await waiting);
        // nothing was sent to the dead one, so that also what is not safe went on; the next broke it off
        using var broken = await posted;
        Assert.Equal(HttpStatusCode.BadGateway, broken.StatusCode);
        Assert.Single(two.Seen, "/die");
        var (answers, failures) = await users.StopAsync();
        Assert.Empty(failures);
        Assert.Contains("one", answers.Keys);
    }

    [Fact]
    public async Task A_trainer_that_is_known_to_be_lost_is_not_waited_for()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync(options => options.RetryFor = TimeSpan.FromDays(1));
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await one.KillAsync();
        // asked before it is known, and answered by the news
        var asked = proxy.Client.GetAsync(Proxy.Path(job, "/predict"));
        await scene.LoseAsync(job, 1);
        using var answer = await asked;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);

        // unless another is on its way
        await using var two = await FakeTrainer.StartAsync("two");
        two.HealthStatus = 500;
        await scene.SwitchAsync(job, 2, two.Address);
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))?.Problem is not null, ProxyScene.Bound, "a problem");
        var waiting = proxy.PredictAsync(job, "1");
        two.HealthStatus = 200;
        Assert.Equal("two 1", await waiting);
    }

    [Fact]
    public async Task A_trainer_that_is_not_ready_yet_is_asked_again()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        one.PredictStatus = 503;
        await using var proxy = await scene.ProxyAsync(options => options.RetryFor = ProxyScene.Bound);
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        var asked = proxy.PredictAsync(job, "1");
        await Eventually.TrueAsync(() => one.Seen.Count > 1, ProxyScene.Bound, "a second attempt");
        one.PredictStatus = 200;
        Assert.Equal("one 1", await asked);
    }

    [Fact]
    public async Task A_proxy_that_was_killed_begins_where_it_was()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        two.HealthStatus = 500;
        var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await scene.ConfirmAsync(job, 1, one.Address);
        await scene.SwitchAsync(job, 2, two.Address);
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, proxy))?.Problem is not null, ProxyScene.Bound, "a problem");
        await proxy.DisposeAsync();
        var gap = await scene.JobAsync(one);

        // the switch that was asked for is still not possible: what was confirmed last holds
        await using var next = await scene.ProxyAsync();
        Assert.Equal("one 1", await next.PredictAsync(job, "1"));
        await scene.LeadsAsync(gap, 1);
        Assert.Equal("one 2", await next.PredictAsync(gap, "2"));
        two.HealthStatus = 200;
        await Eventually.TrueAsync(async () => (await scene.ReportAsync(job, next))?.Active?.Epoch == 2, ProxyScene.Bound, "the switch");
        Assert.Equal("two 3", await next.PredictAsync(job, "3"));
        await scene.ConfirmAsync(job, 2, two.Address);
        var routes = new JobRoutes(scene.Store);
        await Eventually.TrueAsync(async () => (await routes.FindAsync(job, default))?.Confirmed?.Epoch == 2, ProxyScene.Bound, "the kept route");
        await next.DisposeAsync();
        await using var third = await scene.ProxyAsync();
        Assert.Equal("two 4", await third.PredictAsync(job, "4"));
        Assert.True((await routes.LoadAsync(default)).Position >= (await routes.FindAsync(job, default))!.Sequence);
    }

    [Fact]
    public async Task Two_proxies_tell_apart_who_has_switched()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        await using var first = await scene.ProxyAsync();
        await using var second = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1, count: 2);
        await using var users = new Users(first, job);
        await using var others = new Users(second, job);
        await scene.SwitchAsync(job, 2, two.Address);
        await scene.LeadsAsync(job, 2, count: 2);
        await Task.WhenAll(users.AnsweredAsync(), others.AnsweredAsync());
        Assert.Empty((await users.StopAsync()).Failures);
        Assert.Empty((await others.StopAsync()).Failures);

        // one goes as it should and is off the list; the other is killed, and counts until it has been silent for long enough
        await second.StopAsync();
        Assert.Equal([first.Id], (await scene.Reports.LiveAsync(default)).Select(h => h.Id));
        await first.DisposeAsync();
        Assert.Single(await scene.Reports.LiveAsync(default));
        await SilenceAsync(scene, seconds: 11);
        Assert.Empty(await scene.Reports.LiveAsync(default));
        Assert.Empty(await scene.Reports.OfJobAsync(job, default));
        await SilenceAsync(scene, seconds: 60);
        await scene.Reports.CleanUpAsync(default);
        foreach (var table in new[] { "doc_proxy_heartbeat", "doc_route_report" })
        {
            await using var command = scene.Store.DataSource.CreateCommand($"select count(*) from {scene.Store.Options.DatabaseSchemaName}.{table}");
            Assert.Equal(0L, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task A_proxy_without_its_database_leads_on_and_catches_up()
    {
        var database = new NpgsqlConnectionStringBuilder(TestServices.Postgres);
        await using var gate = TcpGate.To(database.Host!, database.Port);
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var two = await FakeTrainer.StartAsync("two");
        await using var proxy = await scene.ProxyAsync(databasePort: gate.Port);
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        Assert.Null(await proxy.UnreadyAsync());
        await using var users = new Users(proxy, job);
        gate.Close();
        await Eventually.TrueAsync(() => proxy.Logged.Having("could not be written").Count > 0, ProxyScene.Bound, "an outage that was noticed");
        Assert.NotNull(await proxy.UnreadyAsync());
        await users.AnsweredAsync();
        using (var unknown = await proxy.Client.GetAsync(Proxy.Path(Guid.NewGuid(), "/predict")))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
        await scene.SwitchAsync(job, 2, two.Address);
        gate.Open();
        await scene.LeadsAsync(job, 2);
        await Eventually.TrueAsync(async () => (await new JobRoutes(scene.Store).FindAsync(job, default))?.Wanted?.Epoch == 2, ProxyScene.Bound, "the kept route");
        Assert.Empty((await users.StopAsync()).Failures);
        await Eventually.TrueAsync(async () => await proxy.UnreadyAsync() is null, ProxyScene.Bound, "a proxy that is ready again");
    }

    [Fact]
    public async Task A_proxy_that_does_not_listen_yet_is_not_ready()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var proxy = await scene.ProxyAsync(start: false);
        Assert.Equal("The proxy does not listen yet.", await proxy.UnreadyAsync());
    }

    [Fact]
    public async Task A_proxy_that_the_others_gave_up_tells_all_again()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var one = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(one);
        await scene.LeadsAsync(job, 1);
        await scene.Reports.ForgetAsync(proxy.Id, default);
        await scene.LeadsAsync(job, 1);
    }

    /// <summary>Makes all that was told look older.</summary>
    static async Task SilenceAsync(ProxyScene scene, int seconds)
    {
        await using var command = scene.Store.DataSource.CreateCommand(
            $"update {scene.Store.Options.DatabaseSchemaName}.doc_proxy_heartbeat set data = data || jsonb_build_object('at', (data->>'at')::timestamptz - interval '{seconds} seconds')");
        await command.ExecuteNonQueryAsync();
    }

    static string UnusedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    /// <summary>Some who call /predict all the time.</summary>
    sealed class Users : IAsyncDisposable
    {
        const int Count = 4;
        readonly CancellationTokenSource stop = new();
        readonly ConcurrentDictionary<string, int> answers = new(StringComparer.Ordinal);
        readonly ConcurrentQueue<string> failures = new();
        readonly Task calling;

        public Users(Proxy proxy, Guid job) => calling = Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Task.Run(() => CallAsync(proxy, job))));

        /// <summary>Until there were some answers more than now.</summary>
        public Task AnsweredAsync()
        {
            var before = answers.Values.Sum();
            return Eventually.TrueAsync(() => answers.Values.Sum() > before + (2 * Count), ProxyScene.Bound, "more answers");
        }

        public async Task<(IReadOnlyDictionary<string, int> Answers, IReadOnlyCollection<string> Failures)> StopAsync()
        {
            await stop.CancelAsync();
            await calling;
            return (answers, failures);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            stop.Dispose();
        }

        async Task CallAsync(Proxy proxy, Guid job)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    answers.AddOrUpdate((await proxy.PredictAsync(job, "x")).Split(' ')[0], 1, (_, count) => count + 1);
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    failures.Enqueue(e.Message);
                }
            }
        }
    }
}
