using System.Globalization;
using System.Reflection;

namespace OptiInfra.EventStore;

/// <summary>One numbered script; <paramref name="Number"/> is the schema's version once it is applied.</summary>
sealed record SchemaScriptFile(int Number, string FileName, string Sql)
{
    const string Own = "OptiInfra.EventStore.Scripts.";

    public static string Grants { get; } = Read(typeof(SchemaScriptFile).Assembly, Own + "grants.sql");

    public static SchemaScripts EventStore { get; } = new("event_store", typeof(SchemaScriptFile).Assembly, Own);

    /// <summary>The numbered scripts in order.</summary>
    /// <exception cref="InvalidOperationException">There is none, or two have the same number.</exception>
    public static IReadOnlyList<SchemaScriptFile> Of(SchemaScripts scripts)
    {
        var files = scripts.Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(scripts.ResourcePrefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => (Name: name, File: name[scripts.ResourcePrefix.Length..]))
            .Where(script => char.IsAsciiDigit(script.File[0]))
            .Select(script => new SchemaScriptFile(
                int.Parse(string.Concat(script.File.TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture),
                script.File,
                Read(scripts.Assembly, script.Name)))
            .OrderBy(script => script.Number)
            .ToList();
        if (files.Count == 0)
            throw new InvalidOperationException($"No script for '{scripts.Name}': {scripts.Assembly.GetName().Name} embeds no {scripts.ResourcePrefix}NNNN_….sql.");
        for (var i = 1; i < files.Count; i++)
            if (files[i].Number == files[i - 1].Number)
                throw new InvalidOperationException($"Scripts {files[i - 1].FileName} and {files[i].FileName} of '{scripts.Name}' have the same number.");
        return files;
    }

    static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"No resource {name}."));
        return reader.ReadToEnd();
    }
}
