using Spectre.Console;

namespace OptiInfra.Cli.Output;

/// <summary>Where commands write their answers.</summary>
static class Terminal
{
    /// <summary>Wide enough for the tables when nobody's window sets a limit.</summary>
    const int WidthOfFiles = 200;

    /// <summary>A person looks at standard output and can be asked.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && !Console.IsInputRedirected;

    public static IAnsiConsole Create() => Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Create(TextWriter output, bool plain)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(output),
        });
        if (plain)
            console.Profile.Width = WidthOfFiles;
        return console;
    }

    /// <summary>A table without lines around cells, as it reads well in logs too.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
            table.AddColumn(column.StartsWith('>') ? new TableColumn(Markup.Escape(column[1..])).RightAligned() : new TableColumn(Markup.Escape(column)));
        return table;
    }

    public static Table Row(this Table table, params ReadOnlySpan<string?> cells)
    {
        var texts = new Text[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            texts[i] = new Text(cells[i] ?? "");
        return table.AddRow(texts);
    }

    /// <summary>A line as it is: what is copied from it must not be broken in two.</summary>
    public static void Say(this IAnsiConsole console, string line) => console.Profile.Out.Writer.WriteLine(line);
}
