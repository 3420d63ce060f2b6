using System.Globalization;
using System.Net;
using System.Text;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Control;

/// <summary>What a person sees who opens the address in a browser.</summary>
public static class IndexPage
{
    // a table longer than this helps nobody and would slow the browser down
    private const int MostRows = 500;

    public static string Render(Cloud cloud) => cloud.Enter(now => Render(cloud, now));

    private static string Render(Cloud cloud, DateTimeOffset now)
    {
        var listed = cloud.All.Where(instance => instance.ListedAt(now)).ToList();
        var page = new StringBuilder();
        page.Append("""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>CloudSim</title>
            <style>body{font-family:system-ui,sans-serif;margin:2rem;max-width:80rem}table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:left}code{background:#f3f3f3;padding:0 .2rem}</style>
            </head><body><h1>CloudSim</h1>
            """);
        page.Append(CultureInfo.InvariantCulture, $"<p>A cloud in a box, region us-east-1, {listed.Count} instances, {cloud.Launches.Count} launch calls. ");
        page.Append(CultureInfo.InvariantCulture, $"Its time is <b>{now:yyyy-MM-dd HH:mm:ss} UTC</b>, at {cloud.Clock.Speed} times the wall's speed; seed {cloud.Seed}.</p>");
        page.Append("""
            <p>Point a client here: <code>aws --endpoint-url URL --region us-east-1 ec2 describe-instances</code>.
            Behind the scenes: <a href="/control/state">state</a>, <a href="/control/launches">launches</a>, <a href="/control/faults">faults</a>.</p>
            <table><tr><th>instance</th><th>name</th><th>type</th><th>zone</th><th>lifecycle</th><th>state</th><th>traffic</th><th>metrics</th></tr>
            """);
        foreach (var instance in listed.Take(MostRows))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(instance.Id)}</td><td>{Text(instance.Tags["Name"] ?? string.Empty)}</td><td>{instance.Type.Name}</td><td>{instance.Zone}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td>{(instance.Spot ? "spot" : "on-demand")}</td><td>{instance.StateAt(now).ToWire()}{(instance.Notice is null ? string.Empty : " (interrupted)")}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td>{instance.Group.ShareOf(instance, now):P0}</td><td><a href=\"/instances/{Text(instance.Id)}/metrics\">page</a></td></tr>\n");
        }

        page.Append("</table>");
        if (listed.Count > MostRows)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>and {listed.Count - MostRows} more</p>");
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
