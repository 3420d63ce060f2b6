using System.Globalization;
using System.Text.RegularExpressions;

namespace OptiInfra.EventStore.Tests;

/// <summary>Searches of a long log, of which one tenant has little.</summary>
public sealed partial class EventSearchTests(EventSearchTests.LongLog log) : IClassFixture<EventSearchTests.LongLog>
{
    const int Events = 120_000;
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [GeneratedRegex(@"Rows Removed by (Filter|Index Recheck): (?<rows>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex ReadInVain { get; }

    public sealed class LongLog : IAsyncLifetime
    {
        internal PostgresStore Tested { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Tested = await PostgresStore.CreateAsync(configure: null);
            // an event a second, every thousandth of the tenant "small", one in ten thousand of a rare type; a sixth is archived
            foreach (var (table, from, to) in new[] { ("events_archive", 1, Events / 6), ("events", (Events / 6) + 1, Events) })
                await Tested.ExecuteAsOwnerAsync($$"""
                    insert into ${schema}.{{table}} (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, hash)
                    select n, gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((n / 20)::text, 12, '0'))::uuid, n % 20 + 1,
                           case when n % 10000 = 7 then 'rare' else 'common_' || n % 9 end, 1, '{"name":"orc","gold":1}', timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second',
                           case when n % 1000 = 0 then 'small' else 'large' end, case when n % 5000 = 0 then 'ana' else 'bob' end, '\x00'
                      from generate_series({{from}}, {{to}}) n
                    """);
            await Tested.ExecuteAsOwnerAsync($"select setval('${{schema}}.events_sequence', {Events})");
            await Tested.ExecuteAsOwnerAsync("vacuum analyze ${schema}.events");
            await Tested.ExecuteAsOwnerAsync("vacuum analyze ${schema}.events_archive");
        }

        public ValueTask DisposeAsync() => Tested.DisposeAsync();
    }

    public static TheoryData<string> Searches => [.. All.Keys];

    static readonly Dictionary<string, EventSearch> All = new(StringComparer.Ordinal)
    {
        ["everything of a large tenant"] = new("large"),
        ["everything of a small tenant, the newest first"] = new("small") { NewestFirst = true },
        ["behind a sequence"] = new("large") { After = Events / 2 },
        ["a stream"] = new("large") { StreamId = Guid.Parse("00000000-0000-4000-8000-000000000042") },
        ["a rare type"] = new("large") { Types = ["rare"] },
        ["several types, the newest first"] = new("large") { Types = ["common_1", "rare"], NewestFirst = true },
        ["a type of a small tenant"] = new("small") { Types = ["common_1"] },
        ["an actor of a small tenant"] = new("small") { Actor = "ana" },
        ["a minute"] = new("large") { From = Start.AddHours(20), To = Start.AddHours(20).AddMinutes(1) },
        ["a type in an hour"] = new("large") { From = Start.AddHours(20), To = Start.AddHours(21), Types = ["rare", "common_2"] },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task no_search_reads_the_whole_log(string what)
    {
        await using var command = ((EventLog)log.Tested.Store.Log).SearchCommand(All[what], Events, 21);
        command.CommandText = "explain (analyze, timing off) " + command.CommandText;
        List<string> plan = [];
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                plan.Add(reader.GetString(0));
        var told = string.Join('\n', plan);
        Assert.False(told.Contains("Seq Scan", StringComparison.Ordinal), $"{what}:\n{told}");
        Assert.True(ReadInVain.Matches(told).Sum(match => int.Parse(match.Groups["rows"].Value, CultureInfo.InvariantCulture)) < Events / 10, $"{what}:\n{told}");
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task a_search_finds_what_fits_in_the_order_asked_for(string what)
    {
        var search = All[what];
        var expected = Enumerable.Range(1, Events).Where(n => Fits(search, n));
        var found = await log.Tested.Store.Log.SearchAsync(search, 21);
        Assert.Equal((search.NewestFirst ? expected.Reverse() : expected).Take(21).Select(n => (long)n), found.Select(e => e.Sequence));
    }

    static bool Fits(EventSearch search, int n) =>
        search.TenantId == (n % 1000 == 0 ? "small" : "large")
        && (search.StreamId is not { } stream || stream.ToString().EndsWith((n / 20).ToString("D12", CultureInfo.InvariantCulture), StringComparison.Ordinal))
        && (search.Types.Count == 0 || search.Types.Contains(n % 10000 == 7 ? "rare" : $"common_{n % 9}"))
        && (search.Actor is not { } actor || actor == (n % 5000 == 0 ? "ana" : "bob"))
        && (search.From is not { } from || Start.AddSeconds(n) >= from)
        && (search.To is not { } to || Start.AddSeconds(n) < to)
        && (search.After is not { } after || n > after);
}
