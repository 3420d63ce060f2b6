using System.Reflection;

namespace OptiInfra.GraphQL.Types;

sealed partial class TypeCollector
{
    /// <summary>The root type of one kind of operations, with the fields of all its classes.</summary>
    public ObjectType Root(string name, IReadOnlyList<Type> classes, bool mutationConventions)
    {
        var root = Named(name, () => new ObjectType(name));
        var all = classes.Concat(_extensionsByName[name]).Distinct().ToList();
        root.Description ??= all.Select(Description).FirstOrDefault(description => description is not null);
        root.SetFields([.. all.SelectMany(type => Fields(root, type, isOwner: false)).Select(field => mutationConventions ? MutationConventions.Apply(this, field) : field).Select(field => field.Finish())]);
        return root;
    }

    public ObjectType Object(Type type)
    {
        if (_outputs.TryGetValue(type, out var known)) return (ObjectType)known;
        RequireDescribable(type);
        var name = Names.OfType(type);
        var obj = Named(name, () => new ObjectType(name) { Description = Description(type), RuntimeType = type });
        if (obj.RuntimeType != type) throw new SchemaException($"{type} and {obj.RuntimeType} are both named \"{name}\"; rename one with [GraphQLName].");
        _outputs[type] = obj;
        _unfinished.Enqueue(() =>
        {
            var ignored = _extensions[type].Concat(_extensionsByName[name]).SelectMany(extension => extension.GetCustomAttribute<ExtendObjectTypeAttribute>()?.IgnoreProperties ?? []).ToHashSet(StringComparer.Ordinal);
            var own = Fields(obj, type, isOwner: true).Where(field => !ignored.Contains(field.Member.Name)).ToList();
            var added = _extensions[type].Concat(_extensionsByName[name]).SelectMany(extension => Fields(obj, extension, isOwner: false)).ToList();
            // a field of an extension takes the place of the class's own
            own.RemoveAll(field => added.Exists(other => string.Equals(other.Field.Name, field.Field.Name, StringComparison.Ordinal)));
            obj.SetFields([.. own.Concat(added).Select(field => field.Finish())]);
            obj.Interfaces = [.. InterfacesOf(type)];
        });
        return obj;
    }

    InterfaceType Interface(Type type)
    {
        RequireDescribable(type);
        var name = Names.OfType(type);
        var contract = Named(name, () => new InterfaceType(name) { Description = Description(type) });
        _outputs[type] = contract;
        _unfinished.Enqueue(() =>
        {
            contract.SetFields([.. Fields(contract, type, isOwner: true).Select(field => field.Finish())]);
            contract.Interfaces = [.. InterfacesOf(type)];
            foreach (var implementation in Implementations(type)) Object(implementation);
        });
        return contract;
    }

    UnionType Union(Type type)
    {
        var name = Names.OfType(type);
        var union = Named(name, () => new UnionType(name) { Description = Description(type) });
        _outputs[type] = union;
        _unfinished.Enqueue(() => union.Types = [.. Implementations(type).Select(Object).OrderBy(member => member.Name, StringComparer.Ordinal)]);
        return union;
    }

    static IEnumerable<Type> Implementations(Type type) =>
        type.Assembly.GetTypes().Where(candidate => candidate is { IsAbstract: false, IsClass: true, IsGenericTypeDefinition: false } && type.IsAssignableFrom(candidate) && IsVisible(candidate));

    IEnumerable<InterfaceType> InterfacesOf(Type type)
    {
        var candidates = type.GetInterfaces().OrderBy(contract => contract.Name, StringComparer.Ordinal).ToList();
        for (var parent = type.BaseType; parent is not null && parent != typeof(object); parent = parent.BaseType) candidates.Add(parent);
        return candidates
            .Where(candidate => candidate.GetCustomAttribute<InterfaceTypeAttribute>() is not null || (_outputs.TryGetValue(candidate, out var known) && known is InterfaceType))
            .Select(candidate => (InterfaceType)NamedOutput(candidate));
    }

    IEnumerable<FieldConfiguration> Fields(ComplexType owner, Type type, bool isOwner)
    {
        var flags = BindingFlags.Public | BindingFlags.Instance | (isOwner ? BindingFlags.Default : BindingFlags.Static);
        foreach (var member in type.GetMembers(flags).OrderBy(Inheritance).ThenBy(member => member.MetadataToken))
        {
            if (!IsField(member, type)) continue;
            yield return FieldConfiguration.From(this, owner, type, member, isOwner);
        }

        static int Inheritance(MemberInfo member)
        {
            var depth = 0;
            for (var parent = member.DeclaringType; parent is not null; parent = parent.BaseType) depth++;
            return depth;
        }
    }

    static bool IsField(MemberInfo member, Type type)
    {
        if (!IsVisible(member) || member.DeclaringType == typeof(object) || member.DeclaringType == typeof(ValueType)) return false;
        return member switch
        {
            PropertyInfo property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0,
            MethodInfo method => !method.IsSpecialName && !method.IsGenericMethod && method.ReturnType != typeof(void) && method.Name[0] != '<'
                && method.GetBaseDefinition().DeclaringType != typeof(object)
                && !(method.Name is "Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "PrintMembers" or "CompareTo")
                && !IsStreamOf(method, type)
                && !method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef),
            _ => false,
        };
    }

    // what [Subscribe(With = …)] names opens a stream and is no field itself
    static bool IsStreamOf(MethodInfo method, Type type) =>
        type.GetMethods().Any(other => string.Equals(other.GetCustomAttribute<SubscribeAttribute>()?.With, method.Name, StringComparison.Ordinal));

    public bool IsService(Type type) => _isService(type);
}
