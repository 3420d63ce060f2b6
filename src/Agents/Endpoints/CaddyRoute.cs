using System.Globalization;
using System.Text.Json.Nodes;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Agents.Endpoints;

/// <summary>A job's route as Caddy has it.</summary>
/// <param name="Epoch">Of the trainer that it leads to.</param>
/// <param name="Address">Where that is.</param>
/// <param name="Left">Addresses that it led to before, named so that Caddy goes on counting what is under way there.</param>
sealed record CaddyRoute(Guid Job, int Epoch, string Address, IReadOnlyList<string> Left)
{
    const int MostLeft = 4;
    const string EpochVariable = "optiinfra_epoch";
    const string IdPrefix = "optiinfra-job-";

    public static string IdOf(Guid job) => $"{IdPrefix}{job:D}";

    /// <param name="before">Null where the job has no route yet.</param>
    public static CaddyRoute Of(Guid job, int epoch, string address, CaddyRoute? before) => new(
        job, epoch, address,
        [.. (before is null ? [] : before.Left.Prepend(before.Address)).Where(a => a != address).Distinct(StringComparer.Ordinal).Take(MostLeft)]);

    public static CaddyRoute? Read(JsonNode? route)
    {
        if (route?["handle"]?[0]?["routes"]?.AsArray() is not { } routes || (string?)route["@id"] is not { } id || !Guid.TryParse(id[IdPrefix.Length..], out var job))
            return null;
        var handlers = routes.SelectMany(r => r?["handle"]?.AsArray() ?? []).ToList();
        var proxies = handlers.Where(h => (string?)h?["handler"] == "reverse_proxy").Select(h => h!["upstreams"]!.AsArray().Select(u => (string)u!["dial"]!).ToList()).ToList();
        var epoch = handlers.Select(h => (string?)h?[EpochVariable]).FirstOrDefault(e => e is not null);
        return proxies is [.., [var address]] && int.TryParse(epoch, CultureInfo.InvariantCulture, out var number)
            ? new CaddyRoute(job, number, address, proxies.Count > 1 ? proxies[0] : [])
            : null;
    }

    public JsonObject ToJson()
    {
        JsonArray routes =
        [
            Handle(new JsonObject { ["handler"] = "vars", [EpochVariable] = Epoch.ToString(CultureInfo.InvariantCulture) }),
            Handle(new JsonObject { ["handler"] = "rewrite", ["strip_path_prefix"] = $"/jobs/{Job:D}" }),
            // the platform alone asks a trainer for these
            Match(["/checkpoint", "/checkpoint/*", "/promote", "/promote/*"], Says(403, "The platform alone asks a trainer for that.")),
        ];
        if (Left.Count > 0)
            // matches nothing: Caddy forgets its count of an upstream that no route names
            routes.Add((JsonNode)new JsonObject { ["match"] = new JsonArray(new JsonObject { ["method"] = new JsonArray("NONE") }), ["handle"] = new JsonArray(new JsonObject { ["handler"] = "reverse_proxy", ["upstreams"] = Upstreams(Left) }) });
        routes.Add((JsonNode)Handle(new JsonObject
        {
            ["handler"] = "reverse_proxy",
            ["upstreams"] = Upstreams([Address]),
            ["load_balancing"] = new JsonObject
            {
                ["try_duration"] = "10s",
                ["try_interval"] = "100ms",
                // once a request was sent, only what changes nothing is sent again
                ["retry_match"] = new JsonArray(new JsonObject { ["path"] = new JsonArray("/predict", "/health", "/metrics") }, new JsonObject { ["method"] = new JsonArray("GET", "HEAD", "PUT") }),
            },
            ["health_checks"] = new JsonObject
            {
                ["active"] = new JsonObject { ["uri"] = TrainerService.Health, ["interval"] = "2s", ["timeout"] = "2s", ["expect_status"] = (int)TrainerService.Done },
                ["passive"] = new JsonObject { ["fail_duration"] = "1s", ["max_fails"] = 3 },
            },
            ["headers"] = new JsonObject { ["request"] = new JsonObject { ["set"] = new JsonObject { ["X-Forwarded-Prefix"] = new JsonArray($"/jobs/{Job:D}") } } },
        }));
        return new JsonObject
        {
            ["@id"] = IdOf(Job),
            ["match"] = new JsonArray(new JsonObject { ["path"] = new JsonArray($"/jobs/{Job:D}", $"/jobs/{Job:D}/*") }),
            ["handle"] = new JsonArray(new JsonObject { ["handler"] = "subroute", ["routes"] = routes }),
            ["terminal"] = true,
        };
    }

    /// <summary>The server that holds the routes; it says so where there is none.</summary>
    public static JsonObject Server(string listen) => new()
    {
        ["listen"] = new JsonArray(listen),
        ["automatic_https"] = new JsonObject { ["disable"] = true },
        ["routes"] = new JsonArray(Handle(Says(404, "There is no such job, or it has ended."))),
    };

    static JsonObject Handle(JsonObject handler) => new() { ["handle"] = new JsonArray(handler) };

    static JsonObject Match(JsonArray paths, JsonObject handler) =>
        new() { ["match"] = new JsonArray(new JsonObject { ["path"] = paths }), ["handle"] = new JsonArray(handler), ["terminal"] = true };

    static JsonObject Says(int status, string error) => new()
    {
        ["handler"] = "static_response",
        ["status_code"] = status,
        ["headers"] = new JsonObject { ["Content-Type"] = new JsonArray("application/json") },
        ["body"] = new JsonObject { ["error"] = error }.ToJsonString(),
    };

    static JsonArray Upstreams(IEnumerable<string> addresses) => [.. addresses.Select(a => new JsonObject { ["dial"] = a })];
}
