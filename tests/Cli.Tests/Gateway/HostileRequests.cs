using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OptiInfra.Cli.Tests.Gateway;

/// <summary>Requests that nobody sends who means well; the same number makes the same request.</summary>
static class HostileRequests
{
    static readonly Func<Random, HttpRequestMessage>[] Kinds =
    [
        // no JSON, no UTF-8, no object
        random => Post(Encoding.UTF8.GetBytes(Cut("""{"query":"{ me { name } }","variables":{"a":[1,2,3]}}""", random))),
        random => Post(Bytes(random, random.Next(1, 4_000))),
        random => Post([.. "{\"query\":\"{ me { name } } # "u8, .. Bytes(random, 200), .. "\"}"u8]),
        random => Text(Pick(random, "[]", "null", "1", "\"{ me { name } }\"", "{}", """{"query":null}""", """{"query":{}}""", """{"query":"{me{name}}","variables":"x"}""", """[{"query":"{me{name}}"},{"query":"{me{name}}"}]""")),
        // deep
        random => Query(Nested("{ a ", " }", random.Next(100, 20_000))),
        random => Query("{ migrations(where: " + Nested("{ and: [", "] }", random.Next(50, 4_000)) + ") { totalCount } }"),
        random => Query("{ events(types: " + Nested("[", "]", random.Next(100, 30_000)) + ") { nodes { id } } }"),
        random => Query("query A($a: " + Nested("[", "]", random.Next(50, 5_000), "Int") + ") { me { name } }"),
        random => Text("""{"query":"query A($w: MigrationFilterInput) { migrations(where: $w) { totalCount } }","variables":{"w":""" + Nested("""{"or":[""", "]}", random.Next(10, 60)) + "}}"),
        random => Text("""{"query":"{me{name}}","variables":""" + Nested("""{"a":""", "}", random.Next(100, 10_000), "1") + "}"),
        random => Query("{ migrations { nodes { " + Nested("... { ", " }", random.Next(20, 4_000), "id ") + " } } }"),
        // wide
        random => Query("{ " + Many(random.Next(100, 3_000), i => $"a{i}: migrations(first: 50) {{ nodes {{ id timeline {{ text }} moves {{ instanceId }} }} }} ") + " }"),
        random => Query("{ me { " + Many(random.Next(1_000, 10_000), _ => "name ") + " } }"),
        random => Query("{ me " + Many(random.Next(100, 3_000), i => $"@a{i} ") + " { name } }"),
        random => Query("{ me @include(if: true) " + Many(random.Next(100, 3_000), _ => "@skip(if: false) ") + " { name } }"),
        random => Query(Many(random.Next(100, 2_000), i => $"query Q{i} {{ me {{ name }} }} ")),
        random => Query("query A(" + Many(random.Next(100, 2_000), i => $"$v{i}: Int = {i}, ") + ") { me { name } }"),
        random => Query("{ events(types: [" + Many(random.Next(1_000, 8_000), i => $"\"t{i}\" ") + "]) { nodes { id } } }"),
        random => Query("{ migrations(first: " + Pick(random, "-1", "51", "999999999", "99999999999999999999", "1e400", "null") + ") { nodes { id } } }"),
        // fragments that multiply, and that go in circles
        random => Query("{ me { ...f0 } } " + Many(random.Next(10, 60), i => $"fragment f{i} on Me {{ ...f{i + 1} ...f{i + 1} }} ") + "fragment f60 on Me { name }"),
        random => Query("{ me { ...a } } fragment a on Me { ...b } fragment b on Me { ...a " + Many(random.Next(1, 500), i => $"x{i}: name ") + "}"),
        random => Query("{ " + Many(random.Next(50, 400), i => $"migrations {{ nodes {{ {(i % 2 == 0 ? "a: id" : "a: status")} ...f }} }} ") + "} fragment f on Migration { moves { instanceId } ...f }"),
        // odd values
        random => Query("{ events(actor: \"" + Pick(random, "\\u0000", "\\uD800", "\\uDC00\\uD800", "\\u{110000}", "\\q", new string('x', 30_000), "' or 1=1 --") + "\") { nodes { id } } }"),
        random => Text("""{"query":"query A($a: String) { events(actor: $a) { nodes { id } } migrations(where: { reason: { contains: $a } }) { totalCount } }","variables":{"a":""" + "\"" + Pick(random, "\\ud800", "\\udc00x", "\\u0000", "\\x", "a\tb") + "\"}}"),
        random => Query("mutation { requestSpotMigration(input: { fleet: { instanceIds: [\"" + Pick(random, "\\u0000", "\\u0001\\uFFFF") + "\"], tags: [{ key: \"\", value: \"\" }] }, policy: { phaseFractions: [" + Pick(random, "2", "-1", "1e30", "0.5, 0.4") + "] } }) { migration { id } errors { ... on CommandRefusedError { code } } } }"),
        random => Query("{ migrations(after: \"" + Convert.ToBase64String(Bytes(random, random.Next(1, 600))) + "\", order: [{ reason: ASC }]) { nodes { id } } }"),
        random => Query("{ migration(id: \"" + Pick(random, "x", "", "00000000-0000-0000-0000-00000000000g", new string('0', 5_000)) + "\") { id } }"),
        random => Query("mutation { whatIf(input: { id: \"0198a000-0000-7000-8000-00000000abcd\", policy: { monitoringWindows: [\"" + Pick(random, "P9999999999Y", "PT-1S", "P", "1e99") + "\"] } }) { report { same } } }"),
        random => Query("{ __schema { types { fields { type { fields { type { name } } } } } } __type(name: \"" + random.Next() + "\") { name } }"),
        // other methods, types and encodings
        random => Typed(Pick(random, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-32", "application/xml"), "query={me{name}}"),
        random => new(new HttpMethod(Pick(random, "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE")), Path),
        random => new(HttpMethod.Get, new Uri("/graphql?query=" + Uri.EscapeDataString(Nested("{ a ", " }", random.Next(1, 900))) + "&variables=%7B%22", UriKind.Relative)),
        random => new(HttpMethod.Get, new Uri("/graphql?query=" + new string('%', random.Next(1, 3_000)), UriKind.Relative)),
        random => With(Query("{ me { name } }"), "Accept", Pick(random, "text/html;q=x", "image/*", ";;;", new string('a', 4_000), "text/event-stream, */*;q=2")),
        random => With(Query("{ me { name } }"), "X-OptiInfra-Customer", Pick(random, "$access", "*", "nobody", new string('x', 8_000))),
        random => With(Query("{ me { name } }"), "Content-Encoding", "gzip"),
        // too much
        random => Post(new byte[random.Next(270_000, 400_000)]),
        random => Query("{ me { name } } #" + new string(' ', random.Next(260_000, 300_000))),
        // who is not signed in, or as if
        random => With(Query("{ me { name } }"), "Authorization", "Bearer oi_" + new string((char)('a' + random.Next(26)), random.Next(1, 3_000))),
    ];

    static readonly Uri Path = new("/graphql", UriKind.Relative);

    public static HttpRequestMessage Make(int number) => Kinds[number % Kinds.Length](new Random(number));

    static HttpRequestMessage Query(string query) => Text(JsonSerializer.Serialize(new { query }));

    static HttpRequestMessage Text(string body) => Post(Encoding.UTF8.GetBytes(body));

    static HttpRequestMessage Post(byte[] body) => new(HttpMethod.Post, Path) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };

    static HttpRequestMessage Typed(string type, string body)
    {
        var request = Text(body);
        request.Content!.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        return request;
    }

    static HttpRequestMessage With(HttpRequestMessage request, string header, string value)
    {
        if (header == "Authorization")
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(value);
        else if (!request.Headers.TryAddWithoutValidation(header, value))
            request.Content!.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    static string Nested(string open, string close, int depth, string inside = "") =>
        new StringBuilder(open.Length * depth).Insert(0, open, depth) + inside + new StringBuilder(close.Length * depth).Insert(0, close, depth);

    static string Many(int count, Func<int, string> part) => string.Concat(Enumerable.Range(0, count).Select(part));

    static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];

    static string Cut(string text, Random random) => text[..random.Next(text.Length)] + random.Next(9).ToString(CultureInfo.InvariantCulture);

    static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
