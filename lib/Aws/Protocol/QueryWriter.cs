using System.Collections;
using System.Globalization;

namespace OptiInfra.Aws.Protocol;

/// <summary>Writes a request's members as form parameters.</summary>
internal sealed class QueryWriter(QueryDialect dialect, Func<string> newToken, IDictionary<string, string> parameters)
{
    /// <summary>Adds Action, Version and every member of the input that has a value.</summary>
    public static void Write(QueryOperation operation, object? input, Func<string> newToken, IDictionary<string, string> parameters)
    {
        parameters["Action"] = operation.Name;
        parameters["Version"] = operation.Version;
        if (operation.Input is { } shape && input is not null)
            new QueryWriter(operation.Dialect, newToken, parameters).WriteStructure(shape, input, prefix: "");
    }

    private void WriteStructure(StructureShape shape, object structure, string prefix)
    {
        foreach (var member in shape.Members)
        {
            var value = member.Get(structure) ?? (member.IsIdempotencyToken ? newToken() : null);
            if (value is not null)
                WriteValue(member.Shape, value, prefix + NameOf(member), member.IsFlattened);
        }
    }

    private void WriteValue(Shape shape, object value, string name, bool isFlattened)
    {
        switch (shape)
        {
            case ScalarShape scalar:
                parameters[name] = ScalarText.Write(scalar, value);
                break;
            case StructureShape structure:
                WriteStructure(structure, value, name + ".");
                break;
            case ListShape list:
                WriteList(list, (IEnumerable)value, name, isFlattened);
                break;
            default:
                throw new NotSupportedException($"{name}: no request of EC2 or CloudWatch holds a {shape.GetType().Name}");
        }
    }

    private void WriteList(ListShape list, IEnumerable values, string name, bool isFlattened)
    {
        var prefix = dialect == QueryDialect.Ec2 || isFlattened ? name : $"{name}.{list.ElementName ?? "member"}";
        var index = 0;
        foreach (var value in values)
            WriteValue(list.Element, value, string.Create(CultureInfo.InvariantCulture, $"{prefix}.{++index}"), isFlattened: false);
    }

    private string NameOf(Member member)
    {
        if (dialect == QueryDialect.Query)
            return member.LocationName ?? member.Name;
        if (member.QueryName is { } queryName)
            return queryName;
        var name = member.LocationName ?? member.Name;
        return char.ToUpperInvariant(name[0]) + name[1..];
    }
}
