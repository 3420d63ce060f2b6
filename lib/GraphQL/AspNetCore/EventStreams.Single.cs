using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>Single connection mode: one stream, reserved by PUT, carries the results of operations that come by POST.</summary>
sealed partial class EventStreams
{
    const string TokenHeader = "X-GraphQL-Event-Stream-Token";
    readonly ConcurrentDictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);

    sealed class Reservation(string? caller)
    {
        public string? Caller { get; } = caller;
        public TaskCompletionSource<EventOutput> Output { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public ConcurrentDictionary<string, CancellationTokenSource> Operations { get; } = new(StringComparer.Ordinal);
        public ITimer? Expiry { get; set; }
    }

    /// <summary>Answers what belongs to single connection mode; false for everything else.</summary>
    /// <exception cref="BadRequestException">There is no such stream.</exception>
    public async Task<bool> AnswerSingleConnection(
        HttpContext context,
        Func<HttpContext, GraphQLRequest, ValueTask<GraphQLRequest>> create,
        Func<HttpContext, GraphQLRequest, IServiceProvider, ValueTask<ExecutionResult>> execute)
    {
        if (HttpMethods.IsPut(context.Request.Method))
        {
            await Reserve(context);
            return true;
        }
        var token = context.Request.Headers[TokenHeader].ToString() is { Length: > 0 } header ? header : context.Request.Query["token"].ToString();
        if (token.Length == 0) return false;
        if (!_reservations.TryGetValue(token, out var reservation) || !string.Equals(reservation.Caller, CallerOf(context), StringComparison.Ordinal))
            throw new BadRequestException(StatusCodes.Status404NotFound, "There is no event stream of this token.");
        if (HttpMethods.IsGet(context.Request.Method)) await Open(context, token, reservation);
        else if (HttpMethods.IsDelete(context.Request.Method)) Stop(context, reservation);
        else if (HttpMethods.IsPost(context.Request.Method)) await Start(context, reservation, create, execute);
        else return false;
        return true;
    }

    static string? CallerOf(HttpContext context) => context.User.Identity?.Name;

    async Task Reserve(HttpContext context)
    {
        if (_reservations.Count >= options.MaxEventStreams) throw new BadRequestException(StatusCodes.Status503ServiceUnavailable, "Too many event streams are open; try again later.");
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var reservation = new Reservation(CallerOf(context));
        _reservations[token] = reservation;
        // a reservation that nobody opens is given up
        reservation.Expiry = clock.CreateTimer(_ =>
        {
            if (!reservation.Output.Task.IsCompleted) _reservations.TryRemove(token, out Reservation? _);
        }, null, TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(token, context.RequestAborted);
    }

    async Task Open(HttpContext context, string token, Reservation reservation)
    {
        using var stopping = Begin(context);
        using var output = new EventOutput(context.Response.BodyWriter);
        await output.Comment(context.RequestAborted);
        if (!reservation.Output.TrySetResult(output)) throw new BadRequestException(StatusCodes.Status409Conflict, "The event stream is open already.");
        await using var beat = output.KeepAlive(options.KeepAliveInterval, clock, context.RequestAborted);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var end = context.RequestAborted.Register(() => closed.TrySetResult());
        await closed.Task;
        _reservations.TryRemove(token, out _);
        reservation.Expiry?.Dispose();
        foreach (var operation in reservation.Operations.Values) await operation.CancelAsync();
    }

    static void Stop(HttpContext context, Reservation reservation)
    {
        if (reservation.Operations.TryRemove(context.Request.Query["operationId"].ToString(), out var operation)) operation.Cancel();
        context.Response.StatusCode = StatusCodes.Status200OK;
    }

    async Task Start(
        HttpContext context,
        Reservation reservation,
        Func<HttpContext, GraphQLRequest, ValueTask<GraphQLRequest>> create,
        Func<HttpContext, GraphQLRequest, IServiceProvider, ValueTask<ExecutionResult>> execute)
    {
        using var body = await RequestReader.Body(context.Request, options, context.RequestAborted);
        var json = body.RootElement.Clone();
        var request = RequestReader.From(json);
        var id = json.TryGetProperty("extensions", out var extensions) && extensions.ValueKind == JsonValueKind.Object
            && extensions.TryGetProperty("operationId", out var given) && given.ValueKind == JsonValueKind.String
            ? given.GetString()!
            : throw new BadRequestException(StatusCodes.Status400BadRequest, "In single connection mode an operation needs extensions.operationId.");
        if (reservation.Operations.Count >= options.MaxOperationsPerConnection) throw new BadRequestException(StatusCodes.Status429TooManyRequests, "Too many operations on one event stream.");
        var stop = new CancellationTokenSource();
        if (!reservation.Operations.TryAdd(id, stop)) throw new BadRequestException(StatusCodes.Status409Conflict, $"There is an operation \"{id}\" already.");
        // the operation outlives this request, and so must what it is executed with
        var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var detached = Detached(context, scope.ServiceProvider, stop.Token);
        var created = await create(detached, request);
        _ = Carry(reservation, id, scope, () => execute(detached, created, scope.ServiceProvider), stop);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    /// <summary>What of a request an operation may ask for after its end: the server uses the request's own parts for another one then.</summary>
    static DefaultHttpContext Detached(HttpContext context, IServiceProvider services, CancellationToken stop)
    {
        var detached = new DefaultHttpContext { User = context.User, RequestServices = services, RequestAborted = stop };
        detached.Connection.RemoteIpAddress = context.Connection.RemoteIpAddress;
        detached.Request.QueryString = context.Request.QueryString;
        foreach (var (name, value) in context.Request.Headers) detached.Request.Headers[name] = value;
        foreach (var (key, value) in context.Items) detached.Items[key] = value;
        return detached;
    }

    static async Task Carry(Reservation reservation, string id, AsyncServiceScope scope, Func<ValueTask<ExecutionResult>> execute, CancellationTokenSource stop)
    {
        try
        {
            await using (scope)
            {
                var output = await reservation.Output.Task.WaitAsync(stop.Token);
                await using var result = await execute();
                if (result is OperationResult one) await output.Next(id, one, stop.Token);
                else if (result is ResponseStream stream)
                {
                    await foreach (var next in stream.Results.WithCancellation(stop.Token))
                        await using (next) await output.Next(id, next, stop.Token);
                }
                await output.Complete(id, stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException or IOException)
        {
            // the caller stopped the operation, or has gone
        }
        finally
        {
            reservation.Operations.TryRemove(id, out _);
            stop.Dispose();
        }
    }
}
