using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Application;

/// <summary>Whether quality can be guarded while the plan is carried out: an instance without a baseline could degrade unseen.</summary>
public static class ApplicationVote
{
    public static Vote Judge(MigrationPlan plan, IReadOnlyList<QualityWindow> baseline, IReadOnlyList<string> unreadable, MigrationPolicy policy)
    {
        var windows = baseline.ToDictionary(w => w.InstanceId, StringComparer.Ordinal);
        var concerns = new List<string>();
        var rejected = new List<string>();
        long requests = 0, errors = 0;
        foreach (var move in plan.Moves)
        {
            if (!windows.TryGetValue(move.InstanceId, out var window))
            {
                rejected.Add(move.InstanceId);
                concerns.Add(unreadable.FirstOrDefault(u => u.StartsWith(move.InstanceId, StringComparison.Ordinal)) ?? $"{move.InstanceId}: its quality is unknown");
            }
            else if (window.Requests < policy.MinRequests)
            {
                rejected.Add(move.InstanceId);
                concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{move.InstanceId}: {window.Requests} requests in {(window.To - window.From).TotalMinutes:0.#} min are too few to see degradation; {policy.MinRequests} are needed"));
            }
            else
            {
                requests += window.Requests;
                errors += window.Errors;
            }
        }

        var seen = plan.Moves.Count - rejected.Count;
        return new Vote(
            rejected.Count == 0,
            // a percentile is known about as well as the square root of the number of requests
            seen == 0 ? 1.0 : Math.Clamp(1 - Math.Sqrt(policy.MinRequests / (4.0 * Math.Max(1, requests / seen))), 0.5, 0.99),
            seen == 0 ? [] : rejected,
            seen == 0 ? ["No instance of the plan can be watched.", .. concerns] : concerns,
            rejected.Count == 0 ? [] : ["Expose a request-latency histogram and an error counter on these instances, or wait for more traffic, and request again."],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["instances_with_baseline"] = string.Create(CultureInfo.InvariantCulture, $"{seen} of {plan.Moves.Count}"),
                ["baseline_requests"] = requests.ToString(CultureInfo.InvariantCulture),
                ["baseline_error_rate"] = requests == 0 ? "unknown" : ((double)errors / requests).ToString("0.0000", CultureInfo.InvariantCulture),
                ["min_requests_per_instance"] = policy.MinRequests.ToString(CultureInfo.InvariantCulture),
            });
    }
}
