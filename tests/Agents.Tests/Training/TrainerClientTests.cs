using System.Net;
using System.Net.Http.Json;
using OptiInfra.Agents.Training;

namespace OptiInfra.Agents.Tests.Training;

public sealed class TrainerClientTests
{
    [Theory]
    [InlineData(HttpStatusCode.OK, true)]
    // the proxy would not lead to it either
    [InlineData(HttpStatusCode.Accepted, false)]
    [InlineData(HttpStatusCode.NonAuthoritativeInformation, false)]
    [InlineData(HttpStatusCode.ServiceUnavailable, false)]
    public async Task a_trainer_is_well_that_answers_with_200(HttpStatusCode status, bool well)
    {
        using var http = new HttpClient(new Trainer(status));

        var health = await new TrainerClient(http).HealthAsync("trainer:8080");

        Assert.Equal(well, health.Value is { State: "standby" });
        Assert.Equal(well, health.Problem is null);
    }

    sealed class Trainer(HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = JsonContent.Create(new { state = "standby", step = 3, iterations = 10, epoch = 2, notice = false }) });
    }
}
