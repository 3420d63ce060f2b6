using System.Globalization;
using System.Reflection;
using System.Text.Json;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>docs/training-jobs.md says what is so.</summary>
public sealed class JobPolicyGuideTests
{
    static readonly string[] Rows = [.. File.ReadLines(Path.Combine(ProjectRoot.Path, "docs/training-jobs.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal))];

    static IEnumerable<(string Name, string Default)> Rules(object policy, string prefix) =>
        from property in policy.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let value = property.GetValue(policy)!
        where value is not ScoutPolicy
        select (prefix + JsonNamingPolicy.CamelCase.ConvertName(property.Name), value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture)!);

    [Fact]
    public void every_rule_of_a_job_stands_there_with_its_default()
    {
        var policy = new JobPolicy();
        foreach (var (name, usual) in Rules(policy.Scouting, "scouting.").Concat(Rules(policy, "")))
            Assert.EndsWith($"| {usual} |", Assert.Single(Rows, r => r.StartsWith($"| `{name}` |", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void every_event_of_a_job_stands_there() =>
        Assert.All(ContractsJson.EventTypes.Where(t => t.Type.Namespace == typeof(JobSubmitted).Namespace), t => Assert.Contains(Rows, r => r.Split('|')[1].Contains($"`{t.Name}`", StringComparison.Ordinal)));
}
