using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.SignIn;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.SignIn;

/// <summary>What is forgotten of sessions, and what is not.</summary>
public sealed class EndedSessionTests
{
    readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    static async Task<List<Guid>> KeptAsync(GatewayFixture gateway) => [.. (await gateway.Tokens.ListAsync()).Select(token => token.Id)];

    [Fact]
    public async Task sessions_that_ended_are_forgotten_and_keys_and_open_sessions_are_not()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        var before = await KeptAsync(gateway);
        var expired = await gateway.IssueAsync("ben", [Role.Viewer], ["acme"], TimeSpan.FromHours(12), TokenKind.Session);
        var revoked = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"], TimeSpan.FromDays(30), TokenKind.Session);
        var open = await gateway.IssueAsync("max", [Role.Viewer], ["acme"], TimeSpan.FromDays(30), TokenKind.Session);
        var key = await gateway.IssueAsync("ci", [Role.Viewer], ["acme"], TimeSpan.FromHours(12));
        await gateway.Tokens.RecordUseAsync(expired.Token.Id);
        await gateway.Tokens.RecordUseAsync(open.Token.Id);
        await gateway.Tokens.RevokeAsync(revoked.Token.Id, "ada", "left");

        Assert.Equal(0, await gateway.Tokens.ForgetSessionsAsync(clock.GetUtcNow()));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, await gateway.Tokens.ForgetSessionsAsync(clock.GetUtcNow()));
        Assert.Equal(before.Append(open.Token.Id).Append(key.Token.Id).Order(), (await KeptAsync(gateway)).Order());
        Assert.Equal(open.Token.Id, Assert.Single((await gateway.Tokens.UsesAsync()).Keys));
        // their events tell of them for ever
        Assert.Contains(await gateway.EventsAsync<TokenIssued>(), issued => issued.TokenId == expired.Token.Id);
        Assert.Null(await gateway.Tokens.FindAsync(expired.Text));
        Assert.NotNull(await gateway.Tokens.FindAsync(open.Text));
    }

    [Fact]
    public async Task who_comes_back_after_all_sessions_were_forgotten_can_sign_in_each_time_anew()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromDays(3));
            await gateway.Tokens.ForgetSessionsAsync(clock.GetUtcNow());
            await using var restarted = await GatewayFixture.StartAsync(_ => { }, clock, beside: gateway);
            var link = restarted.Services.GetRequiredService<FirstSignIn>().Link;
            Assert.NotNull(link);
            Assert.IsType<TokenOutcome.Given>(await restarted.Tokens.ExchangeAsync(link.Split('#')[1], TimeSpan.FromHours(12), null));
        }
    }

    [Fact]
    public async Task sign_ins_that_nobody_finished_are_forgotten_when_their_time_is_over()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var pending = gateway.Services.GetRequiredService<PendingSignIns>();
        await pending.AddAsync("state", "browser", "nonce", "verifier", "/", CancellationToken.None);
        await pending.AddAsync("late", "browser", "nonce", "verifier", "/", CancellationToken.None);
        await using (var late = gateway.Store.DataSource.CreateCommand($"""
            update {gateway.Store.Options.DatabaseSchemaName}.doc_pending_sign_in set data = data || '{"{\"expiresAt\":\"2026-01-01T00:00:00+00:00\"}"}'
             where id = encode(sha256('late'), 'hex')
            """))
            Assert.Equal(1, await late.ExecuteNonQueryAsync());
        await pending.ForgetExpiredAsync(CancellationToken.None);
        await using var session = gateway.Store.QuerySession(CustomerNames.Access);
        Assert.Single(await session.QueryAsync<PendingSignIn>(""));
        Assert.NotNull(await pending.TakeAsync("state", "browser", CancellationToken.None));
    }
}
