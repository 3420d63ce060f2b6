using System.Xml;
using System.Xml.Linq;

namespace OptiInfra.Aws.Protocol;

/// <summary>
/// What an error response says. EC2 wraps it as Response/Errors/Error with RequestID beside, CloudWatch as ErrorResponse/Error with
/// RequestId beside; both are found, and a body that is neither (a proxy's page, nothing at all) yields no code.
/// </summary>
internal sealed record QueryError(string? Code, string? Message, string? RequestId, XElement? Element)
{
    public static QueryError Parse(string body)
    {
        if (string.IsNullOrWhiteSpace(body))
            return new QueryError(null, null, null, null);
        XElement root;
        try
        {
            using var reader = XmlReader.Create(
                new StringReader(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            root = XElement.Load(reader);
        }
        catch (XmlException)
        {
            return new QueryError(null, null, null, null);
        }

        var requestId = First(root, "RequestID") ?? First(root, "RequestId");
        var error = First(root, "Error");
        return new QueryError(
            error is null ? null : First(error, "Code")?.Value.Trim(),
            error is null ? null : First(error, "Message")?.Value.Trim(),
            requestId?.Value.Trim(),
            error);
    }

    private static XElement? First(XElement root, string localName) =>
        root.DescendantsAndSelf().FirstOrDefault(e => e.Name.LocalName == localName);
}
