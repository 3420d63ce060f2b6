using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using OptiInfra.Testing;

namespace OptiInfra.Architecture.Tests;

/// <summary>Who may refer to whom: references point one way.</summary>
static class References
{
    const string EventStore = "OptiInfra.EventStore";
    const string Messaging = "OptiInfra.Messaging";
    const string Aws = "OptiInfra.Aws";
    const string GraphQL = "OptiInfra.GraphQL";
    const string Contracts = "OptiInfra.Contracts";
    const string Commands = "OptiInfra.Commands";
    const string Projections = "OptiInfra.Projections";
    const string Sagas = "OptiInfra.Sagas";
    const string Agents = "OptiInfra.Agents";
    const string Replay = "OptiInfra.Replay";
    const string Gateway = "OptiInfra.Gateway";
    const string Cli = "OptiInfra.Cli";

    /// <summary>What each project of src and lib may refer to; what those bring along is allowed too.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [EventStore] = [],
        [Messaging] = [EventStore],
        [Aws] = [],
        [GraphQL] = [],
        [Contracts] = [],
        [Commands] = [Contracts, EventStore],
        [Projections] = [Contracts, EventStore],
        [Sagas] = [Commands, Messaging],
        [Agents] = [Commands, Messaging, Aws],
        [Replay] = [Commands, Sagas, Agents],
        [Gateway] = [Commands, Projections, Replay, GraphQL],
        [Cli] = [Commands, Projections, Sagas, Agents, Replay, Gateway],
    };

    /// <summary>Projects that pass nothing on but themselves and what is named here: their other references are private to them.</summary>
    static readonly Dictionary<string, string[]> PassedOn = new(StringComparer.Ordinal) { [Replay] = [Commands] };

    static readonly Dictionary<string, string> ProjectOfAssembly = new(StringComparer.Ordinal) { ["optiinfra"] = Cli };

    /// <summary>The csproj files of src and lib.</summary>
    public static IReadOnlyList<string> ProjectFiles { get; } = [.. SourceTree.Files("src", "lib").Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    /// <summary>The compiled assemblies of src and lib, as they lie beside this test.</summary>
    public static IReadOnlyList<string> Assemblies { get; } =
    [
        .. from file in ProjectFiles
           let name = Path.GetFileNameWithoutExtension(file)
           let path = Path.Combine(AppContext.BaseDirectory, (name == Cli ? "optiinfra" : name) + ".dll")
           where File.Exists(path)
           select path,
    ];

    /// <summary>Sentences about references of a project that the rules do not allow; none when all is well.</summary>
    public static IReadOnlyList<string> Violations(string project, IEnumerable<string> referred) =>
        !Allowed.ContainsKey(project)
            ? [$"{project} is not in the table of allowed references; say there what it may refer to."]
            : [.. from other in referred
                  where !Closure(project).Contains(other)
                  select $"{project} may not refer to {other}; it may refer to {Listed(project)}."];

    /// <summary>The projects of ours that a csproj names.</summary>
    public static IReadOnlyList<string> OfProjectFile(XDocument csproj) =>
    [
        .. from reference in csproj.Descendants("ProjectReference")
           select Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')),
    ];

    /// <summary>The projects of ours that a compiled assembly uses.</summary>
    public static IReadOnlyList<string> OfAssembly(string path)
    {
        using var stream = File.OpenRead(path);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        return
        [
            .. from handle in metadata.AssemblyReferences
               let name = metadata.GetString(metadata.GetAssemblyReference(handle).Name)
               where name.StartsWith("OptiInfra.", StringComparison.Ordinal) || name is "optiinfra" or "cloudsim"
               select ProjectNameOf(name),
        ];
    }

    public static string ProjectNameOf(string assembly) => ProjectOfAssembly.GetValueOrDefault(assembly, assembly);

    static HashSet<string> Closure(string project)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(Allowed[project]);
        while (open.TryDequeue(out var next))
            if (all.Add(next) && (PassedOn.GetValueOrDefault(next) ?? Allowed.GetValueOrDefault(next)) is { } further)
                Array.ForEach(further, open.Enqueue);
        return all;
    }

    static string Listed(string project) => Closure(project) is { Count: > 0 } allowed ? string.Join(", ", allowed) : "nothing of ours";
}
