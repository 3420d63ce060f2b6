using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.Testing.Tests;

public sealed class ServicesTests
{
    [Fact]
    public async Task a_schema_is_the_owners_and_gone_after_dispose()
    {
        string name;
        await using (var schema = await PostgresSchema.CreateAsync("testing"))
        {
            name = schema.Schema;
            await ExecuteAsync(schema.OwnerConnectionString, "CREATE TABLE note (id bigint PRIMARY KEY); INSERT INTO note VALUES (7)");

            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(schema.AppConnectionString, "SELECT id FROM note"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(schema.AppConnectionString, "CREATE TABLE mine (id bigint)"));

            await ExecuteAsync(schema.OwnerConnectionString, "GRANT SELECT ON note TO PUBLIC");
            Assert.Equal(7L, await ExecuteAsync(schema.AppConnectionString, "SELECT id FROM note"));
        }

        Assert.Equal(0L, await ExecuteAsync(TestServices.PostgresOwner, $"SELECT count(*) FROM pg_namespace WHERE nspname = '{name}'"));
    }

    [Fact]
    public async Task a_schema_goes_even_while_a_session_holds_a_lock_in_it()
    {
        var schema = await PostgresSchema.CreateAsync("testing");
        await ExecuteAsync(schema.OwnerConnectionString, "CREATE TABLE note (id bigint); GRANT SELECT ON note TO PUBLIC");
        await using var left = new NpgsqlConnection(schema.AppConnectionString);
        await left.OpenAsync();
        await using var transaction = await left.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM note", left, transaction);
        await command.ExecuteScalarAsync();

        await schema.DisposeAsync();

        Assert.Equal(0L, await ExecuteAsync(TestServices.PostgresOwner, $"SELECT count(*) FROM pg_namespace WHERE nspname = '{schema.Schema}'"));
    }

    [Fact]
    public async Task a_virtual_host_starts_empty_and_is_gone_after_dispose()
    {
        var virtualHost = await RabbitVirtualHost.CreateAsync("testing");
        Assert.Empty(await virtualHost.QueuesAsync());
        Assert.Empty(await virtualHost.ExchangesAsync());
        Assert.Null(await virtualHost.MessageCountAsync("absent"));
        Assert.EndsWith("/" + virtualHost.Name, virtualHost.AmqpUri.AbsoluteUri, StringComparison.Ordinal);

        await virtualHost.DisposeAsync();

        var probe = await RabbitVirtualHost.CreateAsync("testing");
        Assert.NotEqual(virtualHost.Name, probe.Name);
        await probe.DisposeAsync();
    }

    [Fact]
    public async Task a_message_is_counted_at_once_and_taken_once()
    {
        await using var virtualHost = await RabbitVirtualHost.CreateAsync("testing");
        await PublishAsync(virtualHost, "inbox", "grüße");

        Assert.Equal(["inbox"], await virtualHost.QueuesAsync());
        Assert.Equal(1, await virtualHost.MessageCountAsync("inbox"));
        var message = await virtualHost.TakeAsync("inbox");
        Assert.NotNull(message);
        Assert.Equal(("grüße", "m-1", "why", ""), (message.Body, message.MessageId, message.Headers["reason"], message.Exchange));
        Assert.Equal(0, await virtualHost.MessageCountAsync("inbox"));
        Assert.Null(await virtualHost.TakeAsync("inbox"));
    }

    [Fact]
    public void a_services_file_is_read_with_and_without_quotes()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "# comment\nA='Host=127.0.0.1;Port=1'\nB=plain\n\nC=''\n");
            var values = TestServices.ReadFile(path);
            Assert.Equal("Host=127.0.0.1;Port=1", values["A"]);
            Assert.Equal("plain", values["B"]);
            Assert.Equal("", values["C"]);
            Assert.Equal(3, values.Count);
            Assert.Empty(TestServices.ReadFile(path + ".absent"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void absent_shared_data_skips_the_test_with_its_path()
    {
        Assert.Null(SharedData.Find("no-such-file"));
        string? reason = null;
        try
        {
            SharedData.Require("no-such-file");
        }
        catch (Exception skipped)
        {
            // caught by hand: Assert.Throws lets a skip through
            reason = skipped.Message;
        }

        Assert.Contains("no-such-file is absent", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_condition_that_never_holds_ends_in_its_name()
    {
        var waited = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.TrueAsync(() => false, TimeSpan.FromMilliseconds(50), "the impossible"));
        Assert.StartsWith("the impossible", waited.Message, StringComparison.Ordinal);
    }

    private static async Task PublishAsync(RabbitVirtualHost virtualHost, string queue, string text)
    {
        var management = TestServices.RabbitMqManagement;
        using var client = new HttpClient { BaseAddress = new UriBuilder(management) { UserName = "", Password = "" }.Uri };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        using var declared = await client.PutAsJsonAsync($"/api/queues/{virtualHost.Name}/{queue}", new { durable = true });
        declared.EnsureSuccessStatusCode();
        using var published = await client.PostAsJsonAsync(
            $"/api/exchanges/{virtualHost.Name}/amq.default/publish",
            new
            {
                properties = new { message_id = "m-1", headers = new { reason = "why" } },
                routing_key = queue,
                payload = text,
                payload_encoding = "string",
            });
        published.EnsureSuccessStatusCode();
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
