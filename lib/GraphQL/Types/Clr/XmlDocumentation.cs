using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace OptiInfra.GraphQL.Types;

/// <summary>Summaries from the XML files that the compiler writes beside assemblies.</summary>
static class XmlDocumentation
{
    static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Files = new();

    public static string? Of(MemberInfo member)
    {
        var element = Find(member switch
        {
            Type type => Id('T', type),
            PropertyInfo property => $"{Id('P', property.DeclaringType!)}.{property.Name}",
            FieldInfo field => $"{Id('F', field.DeclaringType!)}.{field.Name}",
            MethodInfo method => MethodId(method),
            _ => null,
        }, member.Module.Assembly);
        // a property of a positional record is documented as its parameter
        return Text(element?.Element("summary"))
            ?? (member is PropertyInfo { DeclaringType: { } owner } ? Parameter(Find(Id('T', owner), owner.Assembly), member.Name) : null);
    }

    public static string? Of(ParameterInfo parameter) => parameter.Member is MethodInfo method
        ? Parameter(Find(MethodId(method), method.Module.Assembly), parameter.Name!)
        : null;

    static string? Parameter(XElement? element, string name) =>
        Text(element?.Elements("param").FirstOrDefault(param => string.Equals(param.Attribute("name")?.Value, name, StringComparison.Ordinal)));

    static XElement? Find(string? id, Assembly assembly) => id is null ? null : Files.GetOrAdd(assembly, Read).GetValueOrDefault(id);

    static Dictionary<string, XElement> Read(Assembly assembly)
    {
        var path = assembly.IsDynamic || string.IsNullOrEmpty(assembly.Location) ? "" : Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(path)) return [];
        try
        {
            return XDocument.Load(path).Descendants("member").GroupBy(member => member.Attribute("name")?.Value ?? "", StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        }
        catch (XmlException)
        {
            return [];
        }
    }

    static string? Text(XElement? element)
    {
        if (element is null) return null;
        var text = new StringBuilder();
        Append(text, element);
        var words = text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? null : string.Join(' ', words);
    }

    static void Append(StringBuilder text, XElement element)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText plain) text.Append(plain.Value);
            else if (node is XElement inner)
            {
                var reference = inner.Attribute("cref")?.Value ?? inner.Attribute("name")?.Value ?? inner.Attribute("langword")?.Value;
                if (inner.IsEmpty && reference is not null) text.Append(reference.Split('(')[0].Split('.', ':')[^1]);
                else Append(text, inner);
            }
        }
    }

    static string Id(char kind, Type type) => $"{kind}:{(type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName?.Replace('+', '.')}";

    static string MethodId(MethodInfo method)
    {
        var parameters = method.GetParameters();
        var id = $"{Id('M', method.DeclaringType!)}.{method.Name}";
        return parameters.Length == 0 ? id : $"{id}({string.Join(',', parameters.Select(parameter => TypeId(parameter.ParameterType)))})";
    }

    static string TypeId(Type type)
    {
        if (type.IsArray) return TypeId(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return (type.FullName ?? type.Name).Replace('+', '.');
        var definition = type.GetGenericTypeDefinition().FullName!.Replace('+', '.');
        return $"{definition[..definition.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(',', type.GetGenericArguments().Select(TypeId))}}}";
    }
}
