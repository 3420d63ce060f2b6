using System.Globalization;
using System.Text;

namespace OptiInfra.Agents.Collectors;

/// <summary>One sample of a metrics page.</summary>
public readonly record struct MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public string? Label(string name) => Labels.GetValueOrDefault(name);
}

/// <summary>Reads the Prometheus text exposition format 0.0.4 (prometheus.io, "Exposition formats").</summary>
public static class PrometheusText
{
    static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    /// <summary>The samples of a page, in its order. Comments and empty lines are skipped.</summary>
    /// <exception cref="FormatException">A line is no sample; the message has its number.</exception>
    public static IReadOnlyList<MetricSample> Parse(string text)
    {
        var samples = new List<MetricSample>();
        var number = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            number++;
            var line = raw.Trim();
            if (line.IsEmpty || line[0] == '#')
                continue;
            samples.Add(ParseLine(line, number));
        }

        return samples;
    }

    static MetricSample ParseLine(ReadOnlySpan<char> line, int number)
    {
        var end = line.IndexOfAny('{', ' ', '\t');
        if (end <= 0 || !IsName(line[..end]))
            throw Malformed(number, "it does not begin with a metric name");
        var name = line[..end].ToString();
        var rest = line[end..];
        var labels = NoLabels;
        if (rest[0] == '{')
            labels = ParseLabels(ref rest, number);
        rest = rest.Trim();
        var space = rest.IndexOfAny(' ', '\t');
        // a timestamp may follow
        var value = space < 0 ? rest : rest[..space];
        return new MetricSample(name, labels, ParseValue(value, number));
    }

    static Dictionary<string, string> ParseLabels(ref ReadOnlySpan<char> rest, int number)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        rest = rest[1..].TrimStart();
        while (true)
        {
            if (rest.IsEmpty)
                throw Malformed(number, "its labels do not end");
            if (rest[0] == '}')
            {
                rest = rest[1..];
                return labels;
            }

            var equals = rest.IndexOf('=');
            var quoted = rest[(equals + 1)..].TrimStart();
            if (equals <= 0 || quoted.IsEmpty || quoted[0] != '"')
                throw Malformed(number, "a label is not name=\"value\"");
            var name = rest[..equals].Trim().ToString();
            rest = quoted[1..];
            labels[name] = ParseQuoted(ref rest, number);
            rest = rest.TrimStart();
            if (!rest.IsEmpty && rest[0] == ',')
                rest = rest[1..].TrimStart();
        }
    }

    static string ParseQuoted(ref ReadOnlySpan<char> rest, int number)
    {
        var value = new StringBuilder();
        for (var i = 0; i < rest.Length; i++)
        {
            switch (rest[i])
            {
                case '"':
                    rest = rest[(i + 1)..];
                    return value.ToString();
                case '\\' when i + 1 < rest.Length:
                    i++;
                    value.Append(rest[i] == 'n' ? '\n' : rest[i]);
                    break;
                default:
                    value.Append(rest[i]);
                    break;
            }
        }

        throw Malformed(number, "a label's value does not end");
    }

    static double ParseValue(ReadOnlySpan<char> text, int number) => text switch
    {
        "+Inf" or "Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
        _ => throw Malformed(number, $"'{text}' is no number"),
    };

    static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ':'))
                return false;
        }

        return !char.IsAsciiDigit(name[0]);
    }

    static FormatException Malformed(int number, string why) => new($"Line {number} of the metrics page is no Prometheus sample: {why}.");
}
