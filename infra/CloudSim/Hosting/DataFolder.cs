using System.Globalization;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>The folder in which the cloud keeps files; a temporary one is made when first needed and removed at the end.</summary>
/// <param name="kept">A folder that stays, or null for a temporary one.</param>
public sealed class DataFolder(string? kept) : IDisposable
{
    private string? _temporary;

    private string Root => kept is null ? _temporary ??= Directory.CreateTempSubdirectory("cloudsim-").FullName : Path.GetFullPath(kept);

    /// <summary>The folder of that name, which is made where it is missing.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    /// <summary>A new, empty folder NAME/NUMBER, with the first number that is free.</summary>
    public string NewFolder(string name)
    {
        var within = Folder(name);
        var number = 1;
        while (Path.Exists(Path.Combine(within, number.ToString(CultureInfo.InvariantCulture))))
        {
            number++;
        }

        return Directory.CreateDirectory(Path.Combine(within, number.ToString(CultureInfo.InvariantCulture))).FullName;
    }

    public void Dispose()
    {
        if (_temporary is not null && Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true);
            _temporary = null;
        }
    }
}
