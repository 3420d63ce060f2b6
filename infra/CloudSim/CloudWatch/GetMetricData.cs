using System.Globalization;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.CloudWatch;

public static class GetMetricData
{
    private const int MostQueries = 500;
    private const int MostDatapoints = 100_800;

    // enough for any percentile of an hour or a day; more would only cost time
    private const int MostSamplesPerPeriod = 12;

    /// <param name="Instance">Null for a metric that nobody reports.</param>
    public sealed record Query(string Id, string Label, Instance? Instance, string Namespace, string Metric, TimeSpan Period, string Statistic);

    /// <param name="Points">In the order asked for.</param>
    /// <param name="Partial">The rest of this query comes with the next page.</param>
    public sealed record Result(Query Query, IReadOnlyList<(DateTimeOffset At, double Value)> Points, bool Partial);

    /// <param name="NextToken">Null on the last page.</param>
    public sealed record Page(IReadOnlyList<Result> Results, string? NextToken);

    public static Page Answer(QueryParameters parameters, Cloud cloud, DateTimeOffset now)
    {
        var from = Time(parameters, "StartTime");
        var to = Time(parameters, "EndTime");
        if (from >= to)
        {
            throw CloudRefusalException.Invalid("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
        }

        var structures = parameters.Structures("MetricDataQueries.member");
        if (structures.Count is 0 or > MostQueries)
        {
            throw CloudRefusalException.Invalid("ValidationError", "The parameter MetricDataQueries must have from 1 to 500 members.");
        }

        var queries = structures.Select(structure => Understand(structure, cloud, now)).OfType<Query>().ToList();
        var newestFirst = parameters["ScanBy"] is not "TimestampAscending";
        var room = Number(parameters["MaxDatapoints"], "MaxDatapoints", MostDatapoints, 1, MostDatapoints);
        var position = Ec2.Page.Position(nameof(GetMetricData), parameters["NextToken"]);
        var results = Collect(queries, cloud.Seed, from, to < now ? to : now, newestFirst, room, position, out var next);
        return new Page(results, next is { } rest ? Ec2.Page.Token(nameof(GetMetricData), rest) : null);
    }

    /// <summary>Goes through the periods of all queries as one long list, so that a page may end anywhere in it.</summary>
    private static List<Result> Collect(List<Query> queries, long seed, DateTimeOffset from, DateTimeOffset to, bool newestFirst, int room, long position, out long? next)
    {
        var results = new List<Result>();
        var passed = 0L;
        next = null;
        foreach (var query in queries)
        {
            var first = Floor(from, query.Period);
            var periods = (long)Math.Ceiling((to - first) / query.Period);
            periods = Math.Max(0, periods);
            if (passed + periods <= position && periods > 0)
            {
                passed += periods;
                continue;
            }

            var points = new List<(DateTimeOffset, double)>();
            var index = Math.Max(0, position - passed);
            for (; index < periods && room > 0; index++)
            {
                var at = first + ((newestFirst ? periods - 1 - index : index) * query.Period);
                if (ValueOf(query, seed, at, to) is { } value)
                {
                    points.Add((at, value));
                    room--;
                }
            }

            results.Add(new Result(query, points, index < periods));
            if (index < periods)
            {
                next = passed + index;
                return results;
            }

            passed += periods;
        }

        return results;
    }

    private static double? ValueOf(Query query, long seed, DateTimeOffset period, DateTimeOffset to)
    {
        if (query.Instance is null)
        {
            return null;
        }

        // only minutes that are over count
        var minutes = (int)Math.Min(query.Period.TotalMinutes, Math.Floor((to - period).TotalMinutes));
        var samples = Math.Min(minutes, MostSamplesPerPeriod);
        var values = new List<double>(samples);
        for (var sample = 0; sample < samples; sample++)
        {
            if (MetricSeries.ValueAt(seed, query.Instance, query.Namespace, query.Metric, period.AddMinutes(sample * minutes / samples)) is { } value)
            {
                values.Add(value);
            }
        }

        return values.Count == 0 ? null : MetricStatistic.Of(query.Statistic, values, minutes * values.Count / samples);
    }

    private static Query? Understand(QueryParameters query, Cloud cloud, DateTimeOffset now)
    {
        var id = query["Id"] ?? throw CloudRefusalException.Invalid("ValidationError", "A member of MetricDataQueries has no Id.");
        if (query["Expression"] is not null)
        {
            throw CloudRefusalException.Invalid("ValidationError", "This cloud answers metrics, not expressions.");
        }

        if (string.Equals(query["ReturnData"], "false", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var stat = query.Structure("MetricStat");
        var metric = stat.Structure("Metric");
        var name = metric["MetricName"] ?? throw CloudRefusalException.Invalid("ValidationError", $"Query {id} names no metric.");
        var space = metric["Namespace"] ?? throw CloudRefusalException.Invalid("ValidationError", $"Query {id} names no namespace.");
        var statistic = stat["Stat"] ?? throw CloudRefusalException.Invalid("ValidationError", $"Query {id} names no Stat.");
        MetricStatistic.Check(statistic);
        var seconds = Number(stat["Period"], "Period", null, 1, 86_400);
        if (seconds < 60 || seconds % 60 != 0)
        {
            throw CloudRefusalException.Invalid("ValidationError", "Period must be a multiple of 60 seconds.");
        }

        // CloudWatch knows a metric by its exact set of dimensions; here that is the instance alone
        var dimensions = metric.Structures("Dimensions.member");
        var instance = dimensions is [var only] && only["Name"] is "InstanceId" && only["Value"] is { } instanceId
            ? cloud.FindEver(instanceId)
            : null;
        return new Query(id, query["Label"] ?? name, instance, space, name, TimeSpan.FromSeconds(seconds), statistic);
    }

    private static DateTimeOffset Floor(DateTimeOffset at, TimeSpan period) =>
        DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() / (long)period.TotalSeconds * (long)period.TotalSeconds);

    private static DateTimeOffset Time(QueryParameters parameters, string name) =>
        // the JSON protocol says seconds since 1970
        double.TryParse(parameters[name], NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e11 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
        : DateTimeOffset.TryParse(parameters[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw CloudRefusalException.Invalid("ValidationError", $"The parameter {name} is missing or not a time.");

    private static int Number(string? text, string name, int? otherwise, int least, int most)
    {
        if (text is null && otherwise is { } value)
        {
            return value;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw CloudRefusalException.Invalid("ValidationError", string.Create(CultureInfo.InvariantCulture, $"The parameter {name} must be from {least} to {most}."));
    }
}
