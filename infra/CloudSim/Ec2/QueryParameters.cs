using System.Globalization;
using System.Text;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>The parameters of an AWS query request: name=value pairs whose names spell out lists and structures with dots and numbers.</summary>
public sealed class QueryParameters
{
    private readonly Dictionary<string, string> _values;
    private readonly string _prefix;

    private QueryParameters(Dictionary<string, string> values, string prefix)
    {
        _values = values;
        _prefix = prefix;
    }

    public string? this[string name] => _values.GetValueOrDefault(_prefix + name);

    /// <summary>Every pair, under its full name, ordered by it.</summary>
    public IEnumerable<KeyValuePair<string, string>> All => _values.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Decodes an application/x-www-form-urlencoded body.</summary>
    public static QueryParameters Parse(ReadOnlySpan<byte> body)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, string.Empty) : (pair[..equals], pair[(equals + 1)..]);
            values[Decode(name)] = Decode(value);
        }

        return new QueryParameters(values, string.Empty);
    }

    /// <summary>Parameters that another protocol spelled out already.</summary>
    public static QueryParameters From(IReadOnlyDictionary<string, string> values) => new(new Dictionary<string, string>(values, StringComparer.Ordinal), string.Empty);

    /// <summary>The values of NAME.1, NAME.2, …, in order of their numbers.</summary>
    public IReadOnlyList<string> List(string name) => [.. Numbers(name).Select(number => this[Indexed(name, number)]).OfType<string>()];

    /// <summary>The structures under NAME.1., NAME.2., …, in order of their numbers.</summary>
    public IReadOnlyList<QueryParameters> Structures(string name) =>
        [.. Numbers(name).Select(number => new QueryParameters(_values, _prefix + Indexed(name, number) + "."))];

    public QueryParameters Structure(string name) => new(_values, _prefix + name + ".");

    /// <summary>True where some parameter begins with NAME followed by a dot.</summary>
    public bool Has(string name) => _values.Keys.Any(key => key.StartsWith(_prefix + name + ".", StringComparison.Ordinal));

    private static string Indexed(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private SortedSet<int> Numbers(string name)
    {
        var start = _prefix + name + ".";
        var numbers = new SortedSet<int>();
        foreach (var key in _values.Keys)
        {
            if (!key.StartsWith(start, StringComparison.Ordinal))
            {
                continue;
            }

            var rest = key.AsSpan(start.Length);
            var dot = rest.IndexOf('.');
            if (int.TryParse(dot < 0 ? rest : rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }
}
