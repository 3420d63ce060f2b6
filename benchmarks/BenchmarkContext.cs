using System.Globalization;
using System.Text;

namespace OptiInfra.Benchmarks;

/// <summary>What a benchmark runs against, and where it leaves its figures.</summary>
public sealed class BenchmarkContext
{
    private readonly StringBuilder _report = new();
    private (double Ours, double Baseline, string OursUnit, string BaselineUnit)? _comparison;

    private BenchmarkContext()
    {
    }

    /// <summary>Npgsql connection string of the application's role.</summary>
    public required string Postgres { get; init; }

    /// <summary>Npgsql connection string of the role that owns the schema.</summary>
    public required string PostgresOwner { get; init; }

    /// <summary>amqp://user:password@host:port/vhost.</summary>
    public required Uri RabbitMq { get; init; }

    /// <summary>http://user:password@host:port of RabbitMQ's management API.</summary>
    public required Uri RabbitMqManagement { get; init; }

    /// <summary>The parts asked for; all where none is named.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Everything said so far, as Markdown.</summary>
    internal string Report => _report.ToString();

    /// <exception cref="BenchmarkException">A variable is missing; infra/services.sh sets them.</exception>
    public static BenchmarkContext FromEnvironment(params IReadOnlyList<string> parts) => new()
    {
        Parts = parts,
        Postgres = Variable("OPTIINFRA_POSTGRES"),
        PostgresOwner = Variable("OPTIINFRA_POSTGRES_OWNER"),
        RabbitMq = new Uri(Variable("OPTIINFRA_RABBITMQ")),
        RabbitMqManagement = new Uri(Variable("OPTIINFRA_RABBITMQ_MANAGEMENT")),
    };

    /// <summary>Whether this part is to be measured.</summary>
    public bool Wants(string part) => Parts.Count == 0 || Parts.Contains(part, StringComparer.OrdinalIgnoreCase);

    /// <summary>Says a line on the terminal and in the results.</summary>
    public void Say(string line)
    {
        Console.WriteLine(line);
        _report.AppendLine(line).AppendLine();
    }

    /// <summary>Says a table on the terminal and in the results.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var lines = rows.Prepend(headers).ToList();
        var widths = headers.Select((_, column) => lines.Max(line => line[column].Length)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            Write("| " + string.Join(" | ", lines[i].Select((cell, column) => Pad(cell, widths[column], column))) + " |");
            if (i == 0)
                Write("| " + string.Join(" | ", widths.Select((width, column) => column == 0 ? new string('-', width) : new string('-', Math.Max(width - 1, 1)) + ":")) + " |");
        }

        _report.AppendLine();
    }

    /// <summary>The headline: ratio = ours / baseline, both of this run. Said once per benchmark.</summary>
    /// <param name="oursUnit">What follows the number, such as "appends/s".</param>
    /// <param name="baselineUnit">Likewise for the baseline, such as "inserts/s by pgbench".</param>
    public void Compare(double ours, string oursUnit, double baseline, string baselineUnit)
    {
        if (_comparison is not null)
            throw new InvalidOperationException("A benchmark has one headline.");
        if (!double.IsFinite(ours) || !double.IsFinite(baseline) || baseline <= 0)
            throw new ArgumentOutOfRangeException(nameof(baseline), $"{ours} over {baseline} is no ratio.");
        _comparison = (ours, baseline, oursUnit, baselineUnit);
    }

    /// <summary>A figure with the digits that matter: 1,234 or 12.3 or 0.012.</summary>
    public static string Figure(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("N1", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("N2", CultureInfo.InvariantCulture),
        _ => value.ToString("G2", CultureInfo.InvariantCulture),
    };

    internal string LastLine(string name)
    {
        var (ours, baseline, oursUnit, baselineUnit) = _comparison
            ?? throw new InvalidOperationException($"{name} ended without saying its comparison.");
        var ratio = (ours / baseline).ToString("0.00", CultureInfo.InvariantCulture);
        return $"{name}: ratio {ratio} (ours {Figure(ours)} {oursUnit}, baseline {Figure(baseline)} {baselineUnit})";
    }

    private void Write(string line)
    {
        Console.WriteLine(line);
        _report.AppendLine(line);
    }

    private static string Pad(string cell, int width, int column) => column == 0 ? cell.PadRight(width) : cell.PadLeft(width);

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new BenchmarkException($"{name} is not set. Run the benchmark through benchmarks/run.sh, which starts the services.");
}
