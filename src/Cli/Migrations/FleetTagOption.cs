using System.CommandLine;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Migrations;

/// <summary><c>--fleet-tag key=value</c> and its like, as often as needed.</summary>
static class FleetTagOption
{
    public static Option<string[]> Create() => new("--fleet-tag") { Description = "only instances with this tag, as key=value; several must all fit" };

    /// <exception cref="CliException">One is not key=value, or a key comes twice.</exception>
    public static IReadOnlyDictionary<string, string> Read(ParseResult parsed, Option<string[]> option)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in parsed.GetValue(option) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw CliException.BadInput($"{option.Name} '{text}' is not key=value.");
            if (!tags.TryAdd(text[..equals], text[(equals + 1)..]))
                throw CliException.BadInput($"{option.Name} names the key '{text[..equals]}' twice.");
        }

        return tags;
    }
}
