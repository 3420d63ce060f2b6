using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Tests.Execution;

public sealed class SafetyTests
{
    public sealed class Query
    {
        public string Open => "open";

        [Authorize(Roles = ["admin"])]
        public string? Closed => "closed";

        [Authorize]
        public Secret? Secret => new("x");

        public async Task<int> Endless(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 1;
        }

        public IEnumerable<Faulty> Faults => Enumerable.Range(0, 500).Select(_ => new Faulty());
    }

    public sealed record Secret(string Text);

    public sealed record Faulty
    {
        public int? Fault => throw new InvalidOperationException();
    }

    sealed class Roles(Caller caller) : IAuthorizationHandler
    {
        public ValueTask<AuthorizeResult> AuthorizeAsync(IResolverContext context, AuthorizeDirective directive, CancellationToken cancellationToken) => new(
            caller.Role is null ? AuthorizeResult.NotAuthenticated
            : directive.Roles.Count == 0 || directive.Roles.Contains(caller.Role, StringComparer.Ordinal) ? AuthorizeResult.Allowed
            : AuthorizeResult.NotAllowed);
    }

    sealed record Caller(string? Role);

    static Server NewServer(string? role = null, Action<RequestOptions>? options = null) => new(builder =>
    {
        builder.Services.AddSingleton(new Caller(role));
        builder.AddQueryType<Query>().AddAuthorizationHandler<Roles>().ModifyRequestOptions(options ?? (_ => { }));
    });

    [Theory]
    [InlineData("admin", """{"data":{"open":"open","closed":"closed","secret":{"text":"x"}}}""")]
    [InlineData("viewer", """{"errors":[{"message":"You are not authorized for this.","locations":[{"line":1,"column":8}],"path":["closed"],"extensions":{"code":"AUTH_NOT_AUTHORIZED"}}],"data":{"open":"open","closed":null,"secret":{"text":"x"}}}""")]
    [InlineData(null, """{"errors":[{"message":"You need to sign in for this.","locations":[{"line":1,"column":8}],"path":["closed"],"extensions":{"code":"AUTH_NOT_AUTHENTICATED"}},{"message":"You need to sign in for this.","locations":[{"line":1,"column":15}],"path":["secret"],"extensions":{"code":"AUTH_NOT_AUTHENTICATED"}}],"data":{"open":"open","closed":null,"secret":null}}""")]
    public async Task a_field_is_closed_to_those_who_may_not_see_it(string? role, string response)
    {
        await using var server = NewServer(role);
        Assert.Equal(response, await server.Execute("{ open closed secret { text } }"));
    }

    [Fact]
    public async Task an_operation_that_takes_too_long_is_stopped()
    {
        await using var server = NewServer(options: options => options.Execution = options.Execution with { Timeout = TimeSpan.FromMilliseconds(50) });
        Assert.Equal("""{"errors":[{"message":"The operation took longer than 0.05 seconds and was stopped.","extensions":{"code":"EXECUTION_TIMEOUT"}}]}""", await server.Execute("{ open endless }"));
    }

    [Fact]
    public async Task more_errors_than_anyone_reads_are_not_answered()
    {
        await using var server = NewServer(options: options => options.Execution = options.Execution with { MaxErrors = 3 });
        Assert.Equal(3, (await server.Execute("{ faults { fault } }")).Split("\"message\"").Length - 1);
    }

    [Fact]
    public async Task introspection_is_refused_unless_it_is_allowed()
    {
        await using var server = NewServer(options: options => options.AllowIntrospection = false);
        Assert.Contains("Introspection is not allowed, but the document asks for \\\"__type\\\".", await server.Execute("{ ...F } fragment F on Query { __type(name: \"Query\") { name } }"), StringComparison.Ordinal);
        Assert.Equal("""{"data":{"__typename":"Query"}}""", await server.Execute("{ __typename }"));
    }

    [Fact]
    public async Task a_document_of_too_many_tokens_is_refused()
    {
        await using var server = NewServer();
        Assert.Contains("more than 5000 tokens", await server.Execute($"{{ {string.Concat(Enumerable.Repeat("open ", 5000))} }}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task only_trusted_documents_are_executed_where_that_is_asked()
    {
        var storage = new InMemoryOperationDocumentStorage();
        var id = storage.Add("{ open }");
        await using var server = NewServer(options: options => (options.TrustedDocuments, options.OnlyTrustedDocuments) = (storage, true));
        Assert.Contains("DOCUMENT_NOT_TRUSTED", await server.Execute("{ open }"), StringComparison.Ordinal);
        var executor = server.Services.GetRequiredService<RequestExecutor>();
        await using var result = await executor.ExecuteAsync(new() { DocumentId = id }, server.Services);
        Assert.Equal("""{"data":{"open":"open"}}""", Assert.IsType<OperationResult>(result).ToJson());
        await using var unknown = await executor.ExecuteAsync(new() { DocumentId = "guess" }, server.Services);
        Assert.Contains("There is no trusted document \\\"guess\\\".", Assert.IsType<OperationResult>(unknown).ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task error_filters_reword_and_see_what_was_thrown()
    {
        Exception? seen = null;
        await using var server = new Server(builder => builder.AddQueryType<Query>().ModifyRequestOptions(_ => { }).AddErrorFilter(error =>
        {
            seen = error.Exception;
            return error with { Message = "Reworded.", Code = "MINE" };
        }));
        Assert.Contains("\"message\":\"Reworded.\"", await server.Execute("{ faults { fault } }"), StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(seen);
    }
}
