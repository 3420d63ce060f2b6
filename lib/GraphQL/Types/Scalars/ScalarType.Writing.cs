using System.Globalization;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

public abstract partial class ScalarType
{
    /// <exception cref="GraphQLException">The scalar cannot represent the value.</exception>
    public abstract void Write(ResultWriter writer, object value);

    /// <summary>The fault of a value that the scalar cannot represent.</summary>
    protected GraphQLException Unfit(object value) => new($"{Name} cannot represent a value of the type {value.GetType().Name}.");
}

public sealed partial class IntType
{
    public override void Write(ResultWriter writer, object value)
    {
        switch (value)
        {
            case int number: writer.WriteNumber(number); break;
            case bool flag: writer.WriteNumber(flag ? 1 : 0); break;
            case long or short or byte or sbyte or ushort or uint or ulong or decimal or double or float or string:
                writer.WriteNumber(Whole(value));
                break;
            default: throw Unfit(value);
        }
    }

    static int Whole(object value)
    {
        try
        {
            var number = Convert.ToDecimal(value, CultureInfo.InvariantCulture);
            if (number == decimal.Truncate(number)) return decimal.ToInt32(number);
        }
        catch (Exception fault) when (fault is OverflowException or FormatException)
        {
            // said below
        }
        throw new GraphQLException($"Int cannot represent non 32-bit signed integer value: {Convert.ToString(value, CultureInfo.InvariantCulture)}");
    }
}

public sealed partial class FloatType
{
    public override void Write(ResultWriter writer, object value)
    {
        switch (value)
        {
            case double number: writer.WriteNumber(number); break;
            case float number: writer.WriteNumber(number); break;
            case decimal number: writer.WriteNumber(number); break;
            case bool flag: writer.WriteNumber(flag ? 1 : 0); break;
            case int or long or short or byte or sbyte or ushort or uint or ulong:
                writer.WriteNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                writer.WriteNumber(number);
                break;
            default: throw Unfit(value);
        }
    }
}

public sealed partial class StringType
{
    public override void Write(ResultWriter writer, object value)
    {
        switch (value)
        {
            case string text: writer.WriteString(text); break;
            case bool flag: writer.WriteString(flag ? "true" : "false"); break;
            case IFormattable formattable: writer.WriteString(formattable.ToString(null, CultureInfo.InvariantCulture)); break;
            default: throw Unfit(value);
        }
    }
}

public sealed partial class BooleanType
{
    public override void Write(ResultWriter writer, object value)
    {
        switch (value)
        {
            case bool flag: writer.WriteBoolean(flag); break;
            case int or long or double or decimal: writer.WriteBoolean(Convert.ToDouble(value, CultureInfo.InvariantCulture) != 0); break;
            default: throw Unfit(value);
        }
    }
}

public sealed partial class IdType
{
    public override void Write(ResultWriter writer, object value)
    {
        switch (value)
        {
            case string text: writer.WriteString(text); break;
            case Guid id: writer.WriteQuoted(id, 36, default); break;
            case int or long or short or byte or uint or ulong or ushort:
                writer.WriteString(Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
            case double number when number == Math.Truncate(number): writer.WriteString(number.ToString("F0", CultureInfo.InvariantCulture)); break;
            default: throw Unfit(value);
        }
    }
}

public sealed partial class AnyType
{
    public override void Write(ResultWriter writer, object value) => writer.WriteValue(value);
}
