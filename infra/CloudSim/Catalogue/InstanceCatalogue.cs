using System.Globalization;

namespace OptiInfra.CloudSim.Catalogue;

/// <summary>The instance types that this cloud sells, from the embedded instance-types.csv.</summary>
public static class InstanceCatalogue
{
    private static readonly Dictionary<string, InstanceType> Types = Read();

    /// <summary>All types, by name.</summary>
    public static IReadOnlyList<InstanceType> All { get; } = [.. Types.Values.OrderBy(type => type.Name, StringComparer.Ordinal)];

    public static InstanceType? Find(string name) => Types.GetValueOrDefault(name);

    private static Dictionary<string, InstanceType> Read()
    {
        using var stream = typeof(InstanceCatalogue).Assembly.GetManifestResourceStream("instance-types.csv")
            ?? throw new InvalidOperationException("The embedded instance type catalogue is missing.");
        using var reader = new StreamReader(stream);
        var types = new Dictionary<string, InstanceType>(StringComparer.Ordinal);
        var header = true;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (header)
            {
                header = false;
                continue;
            }

            var type = Parse(line.Split(','));
            types.Add(type.Name, type);
        }

        return types;
    }

    private static InstanceType Parse(string[] cells)
    {
        static int Number(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);
        return new InstanceType(
            cells[0],
            Number(cells[1]),
            Number(cells[2]),
            cells[3],
            bool.Parse(cells[4]),
            bool.Parse(cells[5]),
            Number(cells[6]),
            cells[7],
            Number(cells[8]),
            Number(cells[9]),
            Number(cells[10]),
            cells[11],
            Number(cells[12]),
            decimal.Parse(cells[13], CultureInfo.InvariantCulture));
    }
}
