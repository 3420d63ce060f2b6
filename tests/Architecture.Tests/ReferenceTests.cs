using System.Xml.Linq;
using OptiInfra.Testing;

namespace OptiInfra.Architecture.Tests;

public sealed class ReferenceTests
{
    [Fact]
    public void project_files_refer_one_way()
    {
        Assert.NotEmpty(References.ProjectFiles);
        Assert.Empty(
            from file in References.ProjectFiles
            let csproj = XDocument.Load(Path.Combine(ProjectRoot.Path, file))
            from violation in References.Violations(Path.GetFileNameWithoutExtension(file), References.OfProjectFile(csproj))
            select violation);
    }

    [Fact]
    public void compiled_assemblies_refer_one_way()
    {
        Assert.Contains(References.Assemblies, path => Path.GetFileName(path) == "optiinfra.dll");
        Assert.Contains(References.Assemblies, path => Path.GetFileName(path) == "OptiInfra.Commands.dll");
        Assert.Empty(
            from path in References.Assemblies
            let project = References.ProjectNameOf(Path.GetFileNameWithoutExtension(path))
            from violation in References.Violations(project, References.OfAssembly(path))
            select violation);
    }

    [Fact]
    public void the_cloud_in_a_box_is_a_program_of_its_own()
    {
        var csproj = XDocument.Load(Path.Combine(ProjectRoot.Path, "infra/CloudSim/OptiInfra.CloudSim.csproj"));
        Assert.Empty(References.OfProjectFile(csproj));
        Assert.DoesNotContain(References.Assemblies.SelectMany(References.OfAssembly), name => name is "cloudsim" or "OptiInfra.CloudSim");
    }

    [Theory]
    [InlineData("OptiInfra.EventStore", "OptiInfra.Contracts")]
    [InlineData("OptiInfra.Contracts", "OptiInfra.EventStore")]
    [InlineData("OptiInfra.Commands", "OptiInfra.Messaging")]
    [InlineData("OptiInfra.Projections", "OptiInfra.Commands")]
    [InlineData("OptiInfra.Sagas", "OptiInfra.Agents")]
    [InlineData("OptiInfra.Agents", "OptiInfra.Sagas")]
    [InlineData("OptiInfra.Agents", "OptiInfra.Projections")]
    [InlineData("OptiInfra.Gateway", "OptiInfra.Messaging")]
    [InlineData("OptiInfra.Gateway", "OptiInfra.Agents")]
    [InlineData("OptiInfra.Replay", "OptiInfra.Projections")]
    [InlineData("OptiInfra.Cli", "OptiInfra.CloudSim")]
    public void a_project_file_that_points_the_other_way_is_caught(string project, string other)
    {
        var csproj = XDocument.Parse($"""<Project><ItemGroup><ProjectReference Include="..\{other}\{other}.csproj" /></ItemGroup></Project>""");
        var violation = Assert.Single(References.Violations(project, References.OfProjectFile(csproj)));
        Assert.StartsWith($"{project} may not refer to {other}", violation, StringComparison.Ordinal);
    }

    [Fact]
    public void an_assembly_that_points_the_other_way_is_caught()
    {
        // these tests refer to OptiInfra.Testing, which no project of src or lib may
        var referred = References.OfAssembly(typeof(ReferenceTests).Assembly.Location);
        Assert.Contains("OptiInfra.Cli may not refer to OptiInfra.Testing", string.Join('\n', References.Violations("OptiInfra.Cli", referred)), StringComparison.Ordinal);
    }

    [Fact]
    public void a_project_that_nobody_has_placed_is_caught() =>
        Assert.Contains("not in the table", Assert.Single(References.Violations("OptiInfra.Whatever", [])), StringComparison.Ordinal);
}
