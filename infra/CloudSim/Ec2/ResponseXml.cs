using System.Globalization;
using System.Text;
using System.Xml;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>Writes a response document.</summary>
public sealed class ResponseXml : IDisposable
{
    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true };

    private readonly MemoryStream _buffer = new();
    private readonly XmlWriter _xml;
    private readonly string _namespace;

    public ResponseXml(string root, string xmlNamespace)
    {
        _namespace = xmlNamespace;
        _xml = XmlWriter.Create(_buffer, Settings);
        _xml.WriteStartDocument();
        _xml.WriteStartElement(root, xmlNamespace);
    }

    public ResponseXml Value(string name, string? value)
    {
        _xml.WriteElementString(name, _namespace, value ?? string.Empty);
        return this;
    }

    public ResponseXml Value(string name, long value) => Value(name, value.ToString(CultureInfo.InvariantCulture));

    public ResponseXml Value(string name, double value) => Value(name, value.ToString("R", CultureInfo.InvariantCulture));

    public ResponseXml Value(string name, bool value) => Value(name, value ? "true" : "false");

    /// <summary>ISO 8601 in UTC with milliseconds.</summary>
    public ResponseXml Value(string name, DateTimeOffset value) =>
        Value(name, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    /// <summary>The element only where there is a value.</summary>
    public ResponseXml Optional(string name, string? value) => value is null ? this : Value(name, value);

    public ResponseXml Structure(string name, Action content)
    {
        _xml.WriteStartElement(name, _namespace);
        content();
        _xml.WriteEndElement();
        return this;
    }

    /// <summary>A list; each entry becomes an element named item, or member in CloudWatch's protocol.</summary>
    public ResponseXml List<T>(string name, IEnumerable<T> entries, Action<T> content, string element = "item")
    {
        _xml.WriteStartElement(name, _namespace);
        foreach (var entry in entries)
        {
            _xml.WriteStartElement(element, _namespace);
            content(entry);
            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
        return this;
    }

    /// <summary>A list of bare values.</summary>
    public ResponseXml Values(string name, IEnumerable<string> entries, string element = "item")
    {
        _xml.WriteStartElement(name, _namespace);
        foreach (var entry in entries)
        {
            _xml.WriteElementString(element, _namespace, entry);
        }

        _xml.WriteEndElement();
        return this;
    }

    public byte[] ToArray()
    {
        _xml.WriteEndDocument();
        _xml.Flush();
        return _buffer.ToArray();
    }

    public void Dispose()
    {
        _xml.Dispose();
        _buffer.Dispose();
    }
}
