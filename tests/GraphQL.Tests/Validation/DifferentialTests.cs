using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Tests.Validation;

/// <summary>Whether this engine and graphql-js, the reference implementation, say the same of the same documents over the same data.</summary>
public sealed class DifferentialTests
{
    const int Generated = 1_500;

    sealed record Case(string Query, JsonElement Variables, string? OperationName);

    sealed record Answer(string Rules, string? Data, string Paths);

    [Fact]
    public async Task documents_written_by_hand_and_at_random_are_refused_and_answered_as_by_graphql_js()
    {
        var generator = new DocumentGenerator(Corpus.Schema, seed: 20_250_901);
        List<Case> cases =
        [
            .. Corpus.Documents.Select(document => new Case(document.Text, JsonElement.Parse("{}"), null)),
            .. Enumerable.Range(0, Generated).Select(_ => generator.Next()).Select(next => new Case(next.Text, JsonElement.Parse(next.Variables), "Q0")),
        ];
        var theirs = await AskGraphQLJs(cases);
        Assert.Equal(cases.Count, theirs.Count);
        var executor = new RequestExecutor(Corpus.Schema, new() { AllowIntrospection = true, Bounds = new() { MaxDepth = int.MaxValue, MaxAliases = int.MaxValue, MaxCost = double.MaxValue }, Execution = new() { MaxErrors = int.MaxValue } });
        var differences = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var ours = await Ask(executor, cases[i], executes: theirs[i].Paths.Length > 0);
            if (ours != theirs[i]) differences.Add($"{cases[i].Query}\n  variables {cases[i].Variables}\n  ours   {ours}\n  theirs {theirs[i]}");
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {cases.Count} differ, as:\n{string.Join('\n', differences.Take(15))}");
        // the corpus is worth something only while many documents pass and many do not
        Assert.InRange(theirs.Count(answer => answer.Data is not null), 400, int.MaxValue);
        Assert.InRange(theirs.Count(answer => answer.Rules.Length > 0), 400, int.MaxValue);
        Assert.InRange(theirs.Count(answer => answer is { Data: not null, Paths: not "[]" }), 100, int.MaxValue);
    }

    static async Task<Answer> Ask(RequestExecutor executor, Case asked, bool executes)
    {
        var rules = string.Join(',', RuleTests.RulesOf(asked.Query));
        if (rules.Length > 0 || !executes) return new(rules, null, "");
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var result = await executor.ExecuteAsync(
            new() { Query = asked.Query, Variables = asked.Variables, OperationName = asked.OperationName, RootValue = Corpus.Root }, services);
        var response = JsonElement.Parse(Assert.IsType<OperationResult>(result).ToJson());
        var paths = response.TryGetProperty("errors", out var errors)
            ? errors.EnumerateArray().Select(error => error.TryGetProperty("path", out var path) ? path.GetRawText() : "null").Order(StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        return new("", response.TryGetProperty("data", out var data) ? JsonSerializer.Serialize(data) : null, $"[{string.Join(',', paths)}]");
    }

    static async Task<List<Answer>> AskGraphQLJs(List<Case> cases)
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../Node"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) Assert.Fail($"Run 'npm ci' in {folder} first, as infra/test.sh does.");
        using var process = Process.Start(new ProcessStartInfo("node", ["validate.mjs"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var faults = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new
        {
            schema = Corpus.Sdl,
            root = Corpus.Root,
            documents = cases.Select(one => new { query = one.Query, variables = one.Variables, operationName = one.OperationName }),
        }));
        process.StandardInput.Close();
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync();
        Assert.Equal("", await faults);
        return [.. lines.Select(line => JsonElement.Parse(line)).Select(Read)];
    }

    static Answer Read(JsonElement line)
    {
        var executed = line.TryGetProperty("paths", out var paths);
        return new(
            string.Join(',', line.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString())),
            line.TryGetProperty("data", out var data) ? JsonSerializer.Serialize(JsonElement.Parse(data.GetString()!)) : null,
            executed ? $"[{string.Join(',', paths.EnumerateArray().Select(path => path.GetString()!).Order(StringComparer.Ordinal))}]" : "");
    }
}
