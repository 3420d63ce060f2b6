using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.AspNetCore;

public static class GraphQLEndpointRouting
{
    /// <summary>
    /// Answers GraphQL at a path: over HTTP by GET and POST, over event streams (graphql-sse), and over sockets
    /// (graphql-transport-ws) where the program calls UseWebSockets.
    /// </summary>
    public static IEndpointConventionBuilder MapGraphQL(this IEndpointRouteBuilder endpoints, string pattern = "/graphql")
    {
        var services = endpoints.ServiceProvider;
        var endpoint = new GraphQLEndpoint(
            services.GetRequiredService<RequestExecutor>(),
            services.GetService<GraphQLServerOptions>() ?? new(),
            services.GetService<IHttpRequestInterceptor>(),
            services.GetService<ISocketSessionInterceptor>());
        return endpoints.Map(pattern, endpoint.Answer).WithDisplayName("GraphQL");
    }

    /// <summary>Changes the bounds of the transports.</summary>
    public static IRequestExecutorBuilder ModifyServerOptions(this IRequestExecutorBuilder builder, Action<GraphQLServerOptions> change)
    {
        var options = builder.Services.FirstOrDefault(service => service.ServiceType == typeof(GraphQLServerOptions))?.ImplementationInstance as GraphQLServerOptions;
        if (options is null) builder.Services.AddSingleton(options = new());
        change(options);
        return builder;
    }

    public static IRequestExecutorBuilder AddHttpRequestInterceptor<T>(this IRequestExecutorBuilder builder) where T : class, IHttpRequestInterceptor
    {
        builder.Services.AddSingleton<IHttpRequestInterceptor, T>();
        return builder;
    }

    public static IRequestExecutorBuilder AddSocketSessionInterceptor<T>(this IRequestExecutorBuilder builder) where T : class, ISocketSessionInterceptor
    {
        builder.Services.AddSingleton<ISocketSessionInterceptor, T>();
        return builder;
    }
}

/// <summary>GraphQL over HTTP.</summary>
sealed class GraphQLEndpoint(RequestExecutor executor, GraphQLServerOptions options, IHttpRequestInterceptor? interceptor, ISocketSessionInterceptor? sockets)
{
    static readonly OperationType[] QueriesAlone = [OperationType.Query];
    static readonly OperationType[] OneResult = [OperationType.Query, OperationType.Mutation];
    static readonly OperationType[] QueryStreams = [OperationType.Query, OperationType.Subscription];
    readonly EventStreams _streams = new(options, executor.Options.TimeProvider);

    public Task Answer(HttpContext context) => context.WebSockets.IsWebSocketRequest ? AnswerSocket(context) : AnswerHttp(context);

    async Task AnswerSocket(HttpContext context)
    {
        using var session = new SocketSession(context, executor, options, interceptor, sockets);
        await session.Run();
    }

    async Task AnswerHttp(HttpContext context)
    {
        var format = MediaTypes.Negotiate(context.Request.Headers.Accept);
        try
        {
            if (await _streams.AnswerSingleConnection(context, Create, Execute)) return;
            if (format == ResponseFormat.None)
                throw new BadRequestException(StatusCodes.Status406NotAcceptable, "Accept application/graphql-response+json, application/json or text/event-stream.");
            if (HttpMethods.IsGet(context.Request.Method))
                await AnswerOne(context, RequestReader.From(context.Request.Query), format);
            else if (HttpMethods.IsPost(context.Request.Method))
                await AnswerPost(context, format);
            else
            {
                context.Response.Headers.Allow = "GET, POST";
                throw new BadRequestException(StatusCodes.Status405MethodNotAllowed, "GraphQL is answered to GET and POST.");
            }
        }
        catch (BadRequestException fault)
        {
            await using var refused = new OperationResult(new GraphQLError(fault.Message));
            await Write(context, refused, format == ResponseFormat.GraphQLResponse ? format : ResponseFormat.Json, fault.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // nobody is there to be answered
        }
    }

    async Task AnswerPost(HttpContext context, ResponseFormat format)
    {
        using var body = await RequestReader.Body(context.Request, options, context.RequestAborted);
        if (body.RootElement.ValueKind != JsonValueKind.Array) await AnswerOne(context, RequestReader.From(body.RootElement), format);
        else await AnswerMany(context, body.RootElement, format);
    }

    async Task AnswerOne(HttpContext context, GraphQLRequest request, ResponseFormat format)
    {
        // what reads without effect may come by GET; what goes on needs a stream
        request = request with
        {
            AllowedOperations = (HttpMethods.IsGet(context.Request.Method), format == ResponseFormat.EventStream) switch
            {
                (true, true) => QueryStreams,
                (true, false) => QueriesAlone,
                (false, true) => [],
                (false, false) => OneResult,
            },
        };
        await using var result = await Execute(context, await Create(context, request), context.RequestServices);
        if (format == ResponseFormat.EventStream) await EventStreams.Write(context, result, options, executor.Options.TimeProvider);
        else if (result is OperationResult one) await Write(context, one, format, StatusOf(context, one, format));
    }

    async Task AnswerMany(HttpContext context, JsonElement requests, ResponseFormat format)
    {
        var count = requests.GetArrayLength();
        if (count == 0 || options.MaxBatchSize <= 1 || count > options.MaxBatchSize)
            throw new BadRequestException(StatusCodes.Status400BadRequest, options.MaxBatchSize <= 1
                ? "Send one operation per request: lists of operations are not answered here."
                : $"A list of operations may have 1 to {options.MaxBatchSize}; this one has {count}.");
        if (format == ResponseFormat.EventStream) throw new BadRequestException(StatusCodes.Status406NotAcceptable, "A list of operations is answered as JSON.");
        context.Response.ContentType = format == ResponseFormat.Json ? MediaTypes.Json : MediaTypes.GraphQLResponse;
        var output = context.Response.BodyWriter;
        for (var i = 0; i < count; i++)
        {
            System.Buffers.BuffersExtensions.Write(output, i == 0 ? "["u8 : ","u8);
            await using var scope = context.RequestServices.CreateAsyncScope();
            var request = RequestReader.From(requests[i]) with { AllowedOperations = OneResult };
            await using var result = await Execute(context, await Create(context, request), scope.ServiceProvider);
            if (result is OperationResult one) one.WriteTo(output);
        }
        System.Buffers.BuffersExtensions.Write(output, "]"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    ValueTask<ExecutionResult> Execute(HttpContext context, GraphQLRequest request, IServiceProvider services) =>
        executor.ExecuteAsync(request, services, context.RequestAborted);

    ValueTask<GraphQLRequest> Create(HttpContext context, GraphQLRequest request) => ContextDataOf.Request(
        context,
        // the header that HotChocolate's clients know
        request with { ReportCost = string.Equals(context.Request.Headers["GraphQL-Cost"], "report", StringComparison.OrdinalIgnoreCase) },
        interceptor);

    /// <summary>Whether anything was executed shows in the status, but for application/json (GraphQL over HTTP, section Status Codes).</summary>
    static int StatusOf(HttpContext context, OperationResult result, ResponseFormat format)
    {
        if (result.HasData) return StatusCodes.Status200OK;
        if (result.Errors is [{ Code: ErrorCodes.OperationKind }])
        {
            if (!HttpMethods.IsGet(context.Request.Method)) return StatusCodes.Status406NotAcceptable;
            context.Response.Headers.Allow = "POST";
            return StatusCodes.Status405MethodNotAllowed;
        }
        return format == ResponseFormat.GraphQLResponse ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
    }

    static async Task Write(HttpContext context, OperationResult result, ResponseFormat format, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = format == ResponseFormat.GraphQLResponse ? MediaTypes.GraphQLResponse : MediaTypes.Json;
        result.WriteTo(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}

/// <summary>What resolvers find in their context: the caller, the HTTP context, and what interceptors add.</summary>
static class ContextDataOf
{
    public static async ValueTask<GraphQLRequest> Request(HttpContext context, GraphQLRequest request, IHttpRequestInterceptor? interceptor)
    {
        var data = new Dictionary<string, object?>(4, StringComparer.Ordinal)
        {
            ["HttpContext"] = context,
            [nameof(System.Security.Claims.ClaimsPrincipal)] = context.User,
        };
        if (interceptor is not null) await interceptor.OnCreateAsync(context, data, context.RequestAborted);
        return request with { ContextData = data };
    }
}
