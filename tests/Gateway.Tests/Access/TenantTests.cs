using System.Net;
using OptiInfra.Contracts.Access;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.Access;

public sealed class TenantTests
{
    static async Task<(HttpStatusCode Status, string Text)> AskAsync(HttpClient client, string path, string? customer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (customer is not null)
            request.Headers.Add("X-OptiInfra-Customer", customer);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task a_token_sees_its_own_customer_and_learns_nothing_of_another()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var ours = new MigrationStory(Guid.CreateVersion7(), "acme").Requested();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "globex").Requested();
        await gateway.AppendAsync(ours);
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();
        using var acme = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Admin], ["acme"])).Text);

        Assert.Contains(ours.Id.ToString(), (await AskAsync(acme, "/")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs.Id.ToString(), (await AskAsync(acme, "/")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(acme, $"/migrations/{ours.Id}")).Status);

        // a migration of another customer's reads like one that nobody has
        var stranger = Guid.CreateVersion7();
        var (status, text) = await AskAsync(acme, $"/migrations/{theirs.Id}");
        var (nobodysStatus, nobodysText) = await AskAsync(acme, $"/migrations/{stranger}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal((nobodysStatus, nobodysText.Replace(stranger.ToString(), theirs.Id.ToString(), StringComparison.Ordinal)), (status, text));

        // nor does naming the other customer help, whether or not it exists
        var named = await AskAsync(acme, $"/migrations/{theirs.Id}", "globex");
        Assert.Equal(HttpStatusCode.Forbidden, named.Status);
        Assert.Equal(named, await AskAsync(acme, $"/migrations/{theirs.Id}", "no such customer"));
        Assert.Equal(named, await AskAsync(acme, $"/migrations/{theirs.Id}?customer=globex"));
        Assert.Equal(named, await AskAsync(acme, $"/migrations/{theirs.Id}", CustomerNames.Access));
    }

    [Fact]
    public async Task who_belongs_to_several_chooses_by_header()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "globex").Requested();
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();
        using var both = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Viewer], ["acme", "globex"])).Text);
        var (status, text) = await AskAsync(both, "/");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("acme, globex", text, StringComparison.Ordinal);
        Assert.Contains(theirs.Id.ToString(), (await AskAsync(both, "/", "globex")).Text, StringComparison.Ordinal);
    }
}
