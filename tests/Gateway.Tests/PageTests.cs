using System.Net;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests;

public sealed class PageTests : IAsyncLifetime
{
    GatewayFixture gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await GatewayFixture.StartAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    Task<string> PageAsync(string path) => gateway.Client.GetStringAsync(new Uri(path, UriKind.Relative));

    [Fact]
    public async Task migrations_are_listed_for_their_customer_alone_and_lead_to_their_own_page()
    {
        var ours = new MigrationStory(Guid.CreateVersion7()).Completed();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "their & co").Requested();
        await gateway.AppendAsync(ours);
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();

        var list = await PageAsync("/");
        Assert.Contains($"<a href=\"/migrations/{ours.Id}\">", list, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs.Id.ToString(), list, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"/migrations/{theirs.Id}?customer=their%20%26%20co\">", await PageAsync("/?customer=their%20%26%20co"), StringComparison.Ordinal);

        var page = await PageAsync($"/migrations/{ours.Id}");
        Assert.Contains("complete", page, StringComparison.Ordinal);
        Assert.Contains("Complete: 5 instances moved, 518.30 USD a month saved of 473.20 USD promised.", page, StringComparison.Ordinal);
        using var hidden = await gateway.Client.GetAsync(new Uri($"/migrations/{theirs.Id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact]
    public async Task what_people_wrote_is_shown_as_text_never_as_markup()
    {
        var id = Guid.CreateVersion7();
        var story = new MigrationStory(id).Do(new RequestMigration(id, "default", "<script>alert(1)</script>", new FleetSelector(), new MigrationPolicy()));
        await gateway.AppendAsync(story);
        await gateway.ProjectAsync();
        foreach (var page in (string[])[await PageAsync("/"), await PageAsync($"/migrations/{id}"), await PageAsync("/?customer=%3Cscript%3E")])
        {
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task every_page_forbids_scripts_frames_and_sniffing()
    {
        foreach (var path in (string[])["/", $"/migrations/{Guid.CreateVersion7()}", "/jobs", $"/jobs/{Guid.CreateVersion7()}", "/health/live", "/site.css", "/nowhere"])
        {
            using var answer = await gateway.Client.GetAsync(new Uri(path, UriKind.Relative));
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }
}
