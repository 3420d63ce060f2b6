using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

/// <summary>A piece of HTML. As an interpolated string it encodes every value that is no markup itself.</summary>
[InterpolatedStringHandler]
sealed class Markup
{
    readonly StringBuilder text;

    public Markup(int literalLength, int formattedCount) => text = new StringBuilder(literalLength + (formattedCount * 16));

    public void AppendLiteral(string literal) => text.Append(literal);

    public void AppendFormatted(Markup? markup) => text.Append(markup?.text);

    public void AppendFormatted(IEnumerable<Markup> several)
    {
        foreach (var markup in several)
            text.Append(markup.text);
    }

    public void AppendFormatted<T>(T value, string? format = null) =>
        text.Append(HtmlEncoder.Default.Encode(value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? ""));

    public override string ToString() => text.ToString();

    /// <summary>Makes markup of an interpolated string.</summary>
    public static Markup Of(Markup markup) => markup;

    /// <summary>What happened, in order.</summary>
    public static Markup Timeline(IEnumerable<TimelineLine> lines) => Of($"""
        <h2>What happened</h2>
        <table><tbody>
        {lines.Select(l => Of($"<tr><td class=\"time\">{l.At:yyyy-MM-dd HH:mm:ss}</td><td class=\"kind\">{l.Actor}</td><td>{l.Text}</td></tr>\n"))}
        </tbody></table>
        """);

    public static string Page(string title, Markup body) => Of($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} · OptiInfra</title><link rel="stylesheet" href="/site.css"></head>
        <body>
        {body}
        </body></html>
        """).ToString();
}
