using System.Text;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

public sealed partial class EnumType
{
    /// <exception cref="GraphQLException">The enum has no such value.</exception>
    public void Write(ResultWriter writer, object value)
    {
        if (!TryFind(value, out var known))
            throw new GraphQLException($"Enum \"{Name}\" cannot represent value: {value}");
        writer.WriteByte((byte)'"');
        writer.WriteRaw(known.Utf8Name);
        writer.WriteByte((byte)'"');
    }
}

public sealed partial class EnumValue
{
    byte[]? _utf8Name;

    internal byte[] Utf8Name => _utf8Name ??= Encoding.UTF8.GetBytes(Name);
}
