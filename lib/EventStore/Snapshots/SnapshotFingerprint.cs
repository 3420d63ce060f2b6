using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.EventStore;

/// <summary>
/// What a state depends on besides its events: the compiled code of the aggregate and of everything that it refers to
/// outside the framework (each build of an assembly has a module version id of its own), the names and schema versions of
/// the event types, the code of the upcasters, and the version that the aggregate was given.
/// </summary>
static class SnapshotFingerprint
{
    /// <summary>The first line of what is hashed, for the day on which the form of snapshots changes.</summary>
    const string Form = "snapshot 1";

    public static byte[] Of(SnapshotMapping mapping, EventOptions events)
    {
        var text = new StringBuilder();
        text.AppendLine(Form).AppendLine(CultureInfo.InvariantCulture, $"{mapping.Type.FullName} {mapping.Version}");
        var code = events.Mappings.Select(m => m.Type.Assembly).Concat(events.UpcasterAssemblies).Append(mapping.Type.Assembly);
        foreach (var id in Closure(code))
            text.AppendLine(id);
        foreach (var type in events.Mappings.OrderBy(m => m.Name, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"{type.Name} {type.SchemaVersion} {type.Type.FullName}");
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    static SortedSet<string> Closure(IEnumerable<Assembly> from)
    {
        HashSet<Assembly> seen = [];
        SortedSet<string> ids = new(StringComparer.Ordinal);
        var open = new Queue<Assembly>(from);
        while (open.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly))
                continue;
            ids.Add(assembly.ManifestModule.ModuleVersionId.ToString());
            foreach (var name in assembly.GetReferencedAssemblies().Where(n => !IsFramework(n.Name!)))
                if (Load(name) is { } referenced)
                    open.Enqueue(referenced);
                else
                    ids.Add(name.FullName);
        }
        return ids;
    }

    /// <summary>Null for what is referred to and not there, because nothing of it runs.</summary>
    static Assembly? Load(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    static bool IsFramework(string name)
        => name is "System" or "mscorlib" or "netstandard"
            || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);
}
