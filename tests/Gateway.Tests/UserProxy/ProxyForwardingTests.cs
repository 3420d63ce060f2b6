using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OptiInfra.Gateway.Tests;

public sealed class ProxyForwardingTests
{
    [Fact]
    public async Task Requests_go_through_as_they_are_but_for_the_headers_of_a_connection()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(trainer);
        await scene.LeadsAsync(job, 1);
        using var request = new HttpRequestMessage(HttpMethod.Patch, Proxy.Path(job, "/a/b%20c%2Fd/%C3%A9?x=1&y=%2F%20&x=2"));
        request.Headers.TryAddWithoutValidation("Connection", "X-Hop");
        request.Headers.TryAddWithoutValidation("X-Hop", "1");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer mine");
        request.Headers.TryAddWithoutValidation("X-Many", ["1", "2"]);
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(207, (int)response.StatusCode);
        Assert.Equal("one", Assert.Single(response.Headers.GetValues("X-Trainer")));
        Assert.False(response.Headers.Contains("X-Private"));
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n');
        Assert.Equal("PATCH /a/b%20c%2Fd/%C3%A9?x=1&y=%2F%20&x=2", lines[0]);
        Assert.Contains("Authorization: Bearer mine", lines);
        Assert.Contains("X-Many: 1, 2", lines.Select(l => l.Replace("1,2", "1, 2", StringComparison.Ordinal)));
        Assert.Contains("X-Forwarded-For: 127.0.0.1", lines);
        Assert.Contains("X-Forwarded-Proto: http", lines);
        Assert.Contains($"X-Forwarded-Host: {proxy.Client.BaseAddress!.Authority}", lines);
        Assert.Contains($"X-Forwarded-Prefix: /jobs/{job}", lines);
        Assert.Contains($"Host: {trainer.Address}", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("X-Hop", StringComparison.Ordinal) || l.StartsWith("Connection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bodies_are_streamed_in_both_directions()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync(options => options.MaxRequestBodyBytes = 8 << 20);
        var job = await scene.JobAsync(trainer);
        await scene.LeadsAsync(job, 1);
        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Proxy.Path(job, "/count")) { Content = new ByteArrayContent(new byte[5_000_000]) };
            request.Headers.TransferEncodingChunked = chunked;
            using var counted = await proxy.Client.SendAsync(request);
            Assert.Equal("5000000", await counted.Content.ReadAsStringAsync());
        }

        using var response = await proxy.Client.GetAsync(Proxy.Path(job, "/drip"), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[6];
        await body.ReadExactlyAsync(first);
        Assert.Equal("first ", System.Text.Encoding.ASCII.GetString(first));
        trainer.Released.SetResult();
        using var rest = new StreamReader(body);
        Assert.Equal("last", await rest.ReadToEndAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_too_large_is_refused(bool chunked)
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync(options => options.MaxRequestBodyBytes = 100_000);
        var job = await scene.JobAsync(trainer);
        await scene.LeadsAsync(job, 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, Proxy.Path(job, "/count")) { Content = new ByteArrayContent(new byte[200_000]) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_broken_answer_is_not_taken_for_a_whole_one()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(trainer);
        await scene.LeadsAsync(job, 1);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => proxy.Client.GetStringAsync(Proxy.Path(job, "/cut")));
    }

    [Theory]
    [InlineData("/checkpoint")]
    [InlineData("/promote")]
    [InlineData("/promote/")]
    [InlineData("/promote?now")]
    [InlineData("//promote")]
    [InlineData("/a/../promote")]
    [InlineData("/%70romote")]
    [InlineData("/%2570romote")]
    [InlineData("/%2Fpromote")]
    [InlineData("/a%2F..%2Fpromote")]
    [InlineData("/PROMOTE;x=1")]
    [InlineData("/promote%3Fx")]
    public async Task What_the_platform_alone_may_ask_is_not_reached(string path)
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync();
        var job = await scene.JobAsync(trainer);
        await scene.LeadsAsync(job, 1);
        // as it is, without the client's own cleaning
        var url = new Uri($"{proxy.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{Proxy.Path(job, path)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("platform", await ErrorAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_for_what_is_not_there_is_told()
    {
        await using var scene = await ProxyScene.StartAsync();
        await using var trainer = await FakeTrainer.StartAsync("one");
        await using var proxy = await scene.ProxyAsync();
        foreach (var path in new[] { "/", "/health", "/jobs", "/jobs/fraud/predict", $"/other/{Guid.NewGuid()}/predict", Proxy.Path(Guid.NewGuid(), "/predict") })
        {
            using var response = await proxy.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Contains("job", await ErrorAsync(response), StringComparison.Ordinal);
        }

        var job = await scene.JobAsync();
        await Testing.Eventually.TrueAsync(async () => await scene.ReportAsync(job, proxy) is not null, ProxyScene.Bound, "the new job's route");
        using (var none = await proxy.Client.GetAsync(Proxy.Path(job, "/predict")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, none.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), none.Headers.RetryAfter!.Delta);
            Assert.Contains("no trainer", await ErrorAsync(none), StringComparison.Ordinal);
        }

        await scene.SwitchAsync(job, 1, trainer.Address);
        Assert.Equal("one 1", await EventuallyPredictAsync(proxy, job));
        await scene.EndAsync(job);
        await Testing.Eventually.TrueAsync(async () => await scene.ReportAsync(job, proxy) is null, ProxyScene.Bound, "the end of the route");
        await using var later = await scene.ProxyAsync();
        foreach (var one in new[] { proxy, later })
        {
            using var ended = await one.Client.GetAsync(Proxy.Path(job, "/predict"));
            Assert.Equal(HttpStatusCode.Gone, ended.StatusCode);
            Assert.Contains("ended", await ErrorAsync(ended), StringComparison.Ordinal);
        }
    }

    static async Task<string> EventuallyPredictAsync(Proxy proxy, Guid job)
    {
        string? answer = null;
        await Testing.Eventually.TrueAsync(async () =>
        {
            using var response = await proxy.Client.PostAsync(Proxy.Path(job, "/predict"), new StringContent("1"));
            answer = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode;
        }, ProxyScene.Bound, "an answer of the trainer");
        return answer!;
    }

    static async Task<string> ErrorAsync(HttpResponseMessage response)
    {
        Assert.Equal(new MediaTypeHeaderValue("application/json", "utf-8"), response.Content.Headers.ContentType);
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("error").GetString()!;
    }
}
