using System.Text.Json;
using OptiInfra.Contracts;

namespace OptiInfra.Cli.Output;

/// <summary>What <c>--json</c> prints.</summary>
static class JsonOutput
{
    static readonly JsonSerializerOptions Indented = new(ContractsJson.Options) { WriteIndented = true };

    /// <summary>As the contracts write it, indented, on standard output.</summary>
    public static Task WriteAsync<T>(T value) => Console.Out.WriteLineAsync(JsonSerializer.Serialize(value, Indented));
}
