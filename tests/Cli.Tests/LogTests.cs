using System.Text.Json;
using OptiInfra.Cli.Logging;
using OptiInfra.Cli.Tests.Processes;
using Serilog.Events;
using Serilog.Parsing;

namespace OptiInfra.Cli.Tests;

public sealed class LogTests
{
    static string Written(bool withStackTraces, Exception? exception, string template, params (string Name, object Value)[] values)
    {
        var logged = new LogEvent(
            new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero), LogEventLevel.Warning, exception, new MessageTemplateParser().Parse(template),
            values.Select(v => new LogEventProperty(v.Name, new ScalarValue(v.Value))));
        using var writer = new StringWriter();
        new PersonFormatter(withStackTraces).Format(logged, writer);
        return writer.ToString();
    }

    static Exception Thrown()
    {
        try
        {
            throw new InvalidOperationException("outer\nbroke", new IOException("inner"));
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    [Fact]
    public void a_person_reads_one_line_with_the_reasons_and_no_stack_trace() =>
        Assert.Equal(
            "08:00:00 warning EventRelay: Waiting for RabbitMQ (outer broke: inner)" + Environment.NewLine,
            Written(false, Thrown(), "Waiting for {What}", ("What", "RabbitMQ"), ("SourceContext", "OptiInfra.Messaging.EventRelay")));

    [Fact]
    public void who_debugs_gets_the_stack_trace_too() =>
        Assert.Contains("   at ", Written(true, Thrown(), "Waiting"), StringComparison.Ordinal);

    [Fact]
    public async Task a_container_logs_one_json_object_per_line()
    {
        var environment = new Dictionary<string, string>
        {
            ["OPTIINFRA_POSTGRES"] = $"Host=127.0.0.1;Port={TcpRelay.FreePort()};Database=d;Username=u;Password=p",
        };
        await using var run = CliProcess.Start(environment, "run", "--roles", "projections", "--log-format", "json");
        await run.UntilErrorSaysAsync("Waiting for");
        run.Terminate();
        var lines = (await run.EndAsync()).Succeeds().Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.NotEmpty(json.RootElement.GetProperty("RenderedMessage").GetString()!);
        });
    }
}
