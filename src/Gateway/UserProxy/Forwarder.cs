using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>
/// Sends each request to the trainer that its job has at that moment, and again where that is without danger: as long as nothing
/// was sent, or where the request changes nothing and its body is kept.
/// </summary>
sealed partial class Forwarder(RouteTable table, TrainerConnections connections, UserProxyOptions options, WallClock wall, ILogger<Forwarder> logger)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(400);

    public async Task InvokeAsync(HttpContext context)
    {
        var began = wall.Time.GetTimestamp();
        try
        {
            await AnswerAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has gone
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ProxyAnswers.WriteAsync(context, e.StatusCode, e.Message);
        }
        finally
        {
            UserProxyInstruments.CountRequest(context.RequestAborted.IsCancellationRequested ? 0 : context.Response.StatusCode, wall.Time.GetElapsedTime(began));
        }
    }

    async Task AnswerAsync(HttpContext context)
    {
        var stopping = context.RequestAborted;
        if (!ProxiedPath.TryRead(context.Request.Path, out var path))
            await ProxyAnswers.WriteAsync(context, 404, "There is nothing here but the addresses of jobs: /jobs/{job id}/{path of the trainer}.");
        else if (path.IsOfThePlatform)
            await ProxyAnswers.WriteAsync(context, 403, "The platform alone asks a trainer for that; it cannot be reached by the address of a job.");
        else if (table.Find(path.Job) is { } job)
            await ForwardAsync(context, job, path, await ForwardedBody.KeepAsync(context.Request, options.MaxKeptBodyBytes, stopping));
        else
            await AnswerWithoutRouteAsync(context, path.Job);
    }

    async Task AnswerWithoutRouteAsync(HttpContext context, Guid job)
    {
        try
        {
            if (await table.HasEndedAsync(job, context.RequestAborted))
                await ProxyAnswers.WriteAsync(context, 410, $"Job {job} has ended, and its address with it.");
            else
                await ProxyAnswers.WriteAsync(context, 404, $"There is no job {job}.");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogUnknown(job, e.Message);
            await ProxyAnswers.WriteAsync(context, 503, $"Whether there is a job {job} cannot be told at the moment; try again.");
        }
    }

    async Task ForwardAsync(HttpContext context, ProxiedJob job, ProxiedPath path, byte[]? kept)
    {
        var began = wall.Time.GetTimestamp();
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;
        var isSafe = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsPut(context.Request.Method) || path.IsOneOf(options.SafePaths);
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var changed = job.Changed;
            var left = options.RetryFor - wall.Time.GetElapsedTime(began);
            var attempt = new Attempt(left > TimeSpan.Zero, isSafe && (!hasBody || kept is not null));
            if (job.Enter() is { } trainer)
            {
                try
                {
                    var body = hasBody ? new ForwardedBody(context.Request.Body, context.Request.ContentLength, kept) : null;
                    if (await TryAsync(context, path, trainer, body, attempt with { CanWait = attempt.CanWait && !job.HasLost(trainer) }))
                        return;
                }
                finally
                {
                    job.Leave(trainer);
                }
            }
            else if (job.Route.Closed)
            {
                await ProxyAnswers.WriteAsync(context, 410, $"Job {job.Id} has ended, and its address with it.");
                return;
            }
            else if (!attempt.CanWait || job.Route.Wanted is null)
            {
                await ProxyAnswers.WriteAsync(context, 503, $"Job {job.Id} has no trainer at the moment; try again.");
                return;
            }

            await Task.WhenAny(changed, Task.Delay(pause < left ? pause : left, wall.Time, context.RequestAborted));
            context.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    /// <param name="CanWait">There is time left for another attempt.</param>
    /// <param name="CanRepeat">Sending it twice does no harm, and is possible.</param>
    readonly record struct Attempt(bool CanWait, bool CanRepeat);

    /// <returns>False where it is to be tried again; otherwise the client has its answer.</returns>
    async Task<bool> TryAsync(HttpContext context, ProxiedPath path, ProxiedJob.Trainer trainer, ForwardedBody? body, Attempt attempt)
    {
        using var request = RequestTo(trainer.At.Address, context, path, body);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var isLate = false;
        using var timer = wall.Time.CreateTimer(_ => { isLate = true; limit.Cancel(); }, null, options.AnswerTimeout, Timeout.InfiniteTimeSpan);
        HttpResponseMessage response;
        try
        {
            response = await connections.SendAsync(request, limit.Token);
        }
        catch (Exception e) when (TooLarge(e) is { } refused)
        {
            await ProxyAnswers.WriteAsync(context, refused.StatusCode, refused.Message);
            return true;
        }
        catch (Exception e) when ((e is HttpRequestException or IOException || (e is OperationCanceledException && !isLate)) && !context.RequestAborted.IsCancellationRequested)
        {
            var nothingSent = e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } || (e is OperationCanceledException && body is not { HasBegun: true });
            if (attempt.CanWait && (attempt.CanRepeat || (nothingSent && body is not { HasBegun: true })))
            {
                UserProxyInstruments.CountRetry(nothingSent ? "connect" : "answer");
                return false;
            }

            LogUnanswered(path.Job, trainer.At.Epoch, e.Message);
            await ProxyAnswers.WriteAsync(context, nothingSent ? 503 : 502, nothingSent ? $"The trainer of job {path.Job} cannot be reached; try again." : $"The trainer of job {path.Job} broke off; the request may have had its effect.");
            return true;
        }
        catch (OperationCanceledException) when (isLate)
        {
            await ProxyAnswers.WriteAsync(context, 504, $"The trainer of job {path.Job} has not answered within {options.AnswerTimeout.TotalSeconds:0} s.");
            return true;
        }

        using (response)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (attempt is { CanWait: true, CanRepeat: true } && (int)response.StatusCode == 503 && response.Headers.RetryAfter is not null)
            {
                UserProxyInstruments.CountRetry("not_ready");
                return false;
            }

            await PassAsync(context, response, path);
            return true;
        }
    }

    async Task PassAsync(HttpContext context, HttpResponseMessage response, ProxiedPath path)
    {
        ForwardedHeaders.Copy(response, context.Response);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            await body.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            // the client must not take half of an answer for the whole
            LogBrokenOff(path.Job, e.Message);
            context.Abort();
        }
    }

    static HttpRequestMessage RequestTo(string address, HttpContext context, ProxiedPath path, ForwardedBody? body)
    {
        // as it was judged: nothing may be decoded or cut out on the way
        var url = new Uri($"http://{address}{path.Path}{context.Request.QueryString.Value}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), url) { Content = body };
        ForwardedHeaders.Copy(context.Request, path.Job, request);
        return request;
    }

    static BadHttpRequestException? TooLarge(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            if (error is BadHttpRequestException bad)
                return bad;
        return null;
    }

    [LoggerMessage(LogLevel.Warning, "A request to trainer {Epoch} of job {Job} failed: {Reason}")]
    partial void LogUnanswered(Guid job, int epoch, string reason);

    [LoggerMessage(LogLevel.Warning, "Whether there is a job {Job} cannot be told: {Reason}")]
    partial void LogUnknown(Guid job, string reason);

    [LoggerMessage(LogLevel.Warning, "An answer of job {Job} broke off: {Reason}")]
    partial void LogBrokenOff(Guid job, string reason);
}
