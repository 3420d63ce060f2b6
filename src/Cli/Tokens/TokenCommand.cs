using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Commands;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Cli.Tokens;

/// <summary><c>optiinfra token create|list|revoke</c>: keys to the gateway, by whoever may write to the database.</summary>
static class TokenCommand
{
    static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(90);
    static readonly TimeSpan OneTimeLifetime = TimeSpan.FromHours(24);

    public static Command Create(PlatformOptions platform) =>
        new("token", "Keys to the gateway: API keys for programs, one-time tokens for people.") { CreateToken(platform), List(platform), Revoke(platform) };

    static Command CreateToken(PlatformOptions platform)
    {
        var name = new Option<string?>("--name") { Description = "what it is for, or whose it is (admin of this machine, with --one-time)" };
        var roles = new Option<string[]>("--role") { Description = "viewer, operator, approver or admin; several may be named (admin, with --one-time)", AllowMultipleArgumentsPerToken = true };
        var customers = new Option<string[]>("--for-customer") { Description = "a customer that it may act for; several may be named, * is all (*)", AllowMultipleArgumentsPerToken = true };
        var days = new Option<int?>("--days") { Description = $"after which it expires, 1 to {AccessTokenDecider.LongestLifetime.Days} ({KeyLifetime.Days}; a one-time token: 1)" };
        var subject = new Option<string?>("--subject") { Description = "whom it stands for, where one person has several tokens (key:NAME)" };
        var oneTime = new Option<bool>("--one-time") { Description = "a token to sign in with once, instead of an API key" };
        var actor = ActorOption.Create();
        var command = new Command("create", "Makes a token and prints it: it is never to be had again.") { name, roles, customers, days, subject, oneTime, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var once = parsed.GetValue(oneTime);
            var called = parsed.GetValue(name) ?? (once ? "admin of this machine" : throw CliException.BadInput("--name is missing: say what the key is for."));
            Role[] given = [.. (parsed.GetValue(roles) ?? []).Select(r => RoleWords.Parse(r, "--role"))];
            if (given.Length == 0)
                given = once ? [Role.Admin] : throw CliException.BadInput("--role is missing: viewer, operator, approver or admin.");
            var request = new TokenRequest(
                once ? TokenKind.OneTime : TokenKind.ApiKey,
                parsed.GetValue(subject) ?? (once && parsed.GetValue(name) is null ? "local:admin" : $"key:{called}"),
                called,
                given,
                parsed.GetValue(customers) is { Length: > 0 } named ? named : [CustomerNames.All],
                parsed.GetValue(days) is { } lives ? TimeSpan.FromDays(lives) : once ? OneTimeLifetime : KeyLifetime,
                ActorOption.Read(parsed, actor));
            await using var store = PlatformStore.Open(settings);
            switch (await new AccessTokens(store, settings.Clock).IssueAsync(request, cancellationToken: cancellationToken))
            {
                case TokenOutcome.Given { Issued: var issued }:
                    Terminal.Create().Say(issued.Text);
                    await Console.Error.WriteLineAsync($"{called}: {(once ? "good once, at /signin," : "good")} until {issued.Token.ExpiresAt:u}; `optiinfra token revoke {issued.Token.Id}` ends it.");
                    return ExitCode.Done;
                case TokenOutcome.Refused refused:
                    throw CliException.BadInput(refused.Reason);
                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        });
        return command;
    }

    static Command List(PlatformOptions platform)
    {
        var all = new Option<bool>("--all") { Description = "those that are expired, used or revoked too" };
        var command = new Command("list", "Lists tokens, never their secrets.") { all };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var tokens = new AccessTokens(store, settings.Clock);
            var uses = await tokens.UsesAsync(cancellationToken);
            var now = settings.Clock.GetUtcNow();
            var table = Terminal.Table("Id", "Kind", "Name", "Subject", "Roles", "Customers", "Expires (UTC)", "Last used (UTC)", "State", "Issued by");
            foreach (var token in await tokens.ListAsync(cancellationToken))
            {
                var fault = token.Fault(now);
                if (fault is not null && !parsed.GetValue(all))
                    continue;
                table.Row(
                    token.Id.ToString(), Projections.EnumWords.Of(token.Kind), token.Name, token.Subject, string.Join(", ", token.Roles.Select(r => Projections.EnumWords.Of(r))), string.Join(", ", token.Customers),
                    Amounts.Time(token.ExpiresAt), uses.TryGetValue(token.Id, out var used) ? Amounts.Time(used) : "", fault ?? "good", token.IssuedBy);
            }

            Terminal.Create().Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    static Command Revoke(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the token's id, or the token itself" };
        var reason = new Option<string?>("--reason") { Description = "why, for whoever reads the audit" };
        var actor = ActorOption.Create();
        var command = new Command("revoke", "Ends a token at once, in every process.") { id, reason, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var text = parsed.GetValue(id)!;
            if (!Guid.TryParse(text, out var token) && !TokenSecret.TryRead(text, out token, out _))
                throw CliException.BadInput($"'{(text.StartsWith(TokenSecret.Prefix, StringComparison.Ordinal) ? "That" : text)}' is no token's id; `optiinfra token list` shows them.");
            await using var store = PlatformStore.Open(settings);
            if (await new AccessTokens(store, settings.Clock).RevokeAsync(token, ActorOption.Read(parsed, actor), parsed.GetValue(reason) ?? "", cancellationToken) is CommandOutcome.Refused refused)
                throw CliException.Failed(refused.Reason);
            Terminal.Create().Say($"Revoked token {token}.");
            return ExitCode.Done;
        });
        return command;
    }
}
