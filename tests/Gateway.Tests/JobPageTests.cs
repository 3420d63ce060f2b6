using System.Net;
using System.Xml.Linq;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests;

public sealed class JobPageTests : IAsyncLifetime
{
    GatewayFixture gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await GatewayFixture.StartAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    Task<string> PageAsync(string path) => gateway.Client.GetStringAsync(new Uri(path, UriKind.Relative));

    [Fact]
    public async Task jobs_are_listed_for_their_customer_alone_and_lead_to_their_own_page()
    {
        var ours = new JobStory(Guid.CreateVersion7()).Running().Moved().Saved(150);
        var theirs = new JobStory(Guid.CreateVersion7(), "globex").Running();
        await gateway.AppendAsync(ours);
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();
        Assert.Contains("<a href=\"/jobs\">Training jobs</a>", await PageAsync("/"), StringComparison.Ordinal);
        var list = await PageAsync("/jobs");
        Assert.Contains($"<a href=\"/jobs/{ours.Id}\">regression</a>", list, StringComparison.Ordinal);
        Assert.Contains("150 of 1000", list, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs.Id.ToString(), list, StringComparison.Ordinal);
        Assert.Contains($"/jobs/{theirs.Id}?customer=globex", await PageAsync("/jobs?customer=globex"), StringComparison.Ordinal);

        var page = await PageAsync($"/jobs/{ours.Id}");
        Assert.Contains("<h1>Job regression: running</h1>", page, StringComparison.Ordinal);
        Assert.Contains("trainer 2 on i-2", page, StringComparison.Ordinal);
        Assert.Contains("Trainer 2 on i-2 took over at step 120, 5 steps lost", page, StringComparison.Ordinal);
        using var hidden = await gateway.Client.GetAsync(new Uri($"/jobs/{theirs.Id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var none = await gateway.Client.GetAsync(new Uri($"/jobs/{Guid.CreateVersion7()}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task the_loss_is_drawn_with_a_line_for_each_trainer_and_a_mark_for_each_changeover()
    {
        var story = new JobStory(Guid.CreateVersion7()).Running().Moved().Saved(150).Saved(200);
        await gateway.AppendAsync(story);
        await gateway.ProjectAsync();
        var page = await PageAsync($"/jobs/{story.Id}");
        var svg = XElement.Parse(page[page.IndexOf("<svg", StringComparison.Ordinal)..(page.IndexOf("</svg>", StringComparison.Ordinal) + 6)]);
        var lines = svg.Elements("polyline").ToList();
        // the second goes on from the last checkpoint of the first
        Assert.Equal([3, 3], lines.Select(l => l.Attribute("points")!.Value.Split(' ').Length));
        // the loss falls, and what is below lies further down
        var heights = svg.Elements("circle").Select(c => double.Parse(c.Attribute("cy")!.Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(heights.Order(), heights);
        var mark = Assert.Single(svg.Elements("g"));
        Assert.Equal("Move 1 (better offer): trainer 2 in spot m5.large us-east-1b went on at step 120", mark.Element("title")!.Value);
    }

    [Fact]
    public async Task a_job_without_losses_has_no_chart_and_what_people_wrote_is_text()
    {
        var story = new JobStory(Guid.CreateVersion7()).Submitted();
        story.Do(new CancelJob(story.Id, "<script>alert(1)</script>", "<b>not</b> needed"));
        await gateway.AppendAsync(story);
        await gateway.ProjectAsync();
        var page = await PageAsync($"/jobs/{story.Id}");
        Assert.DoesNotContain("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;not&lt;/b&gt; needed", page, StringComparison.Ordinal);
    }
}
