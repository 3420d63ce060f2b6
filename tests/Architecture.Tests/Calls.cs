using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace OptiInfra.Architecture.Tests;

/// <summary>A method of the framework that an assembly calls, and from where.</summary>
sealed record Call(string Type, string Method, ImmutableArray<string> Parameters, string From)
{
    public override string ToString() => $"{From} calls {Type}.{Method}({string.Join(", ", Parameters)})";
}

/// <summary>Reads from compiled assemblies what they call.</summary>
static class Calls
{
    // call, callvirt, newobj, ldftn, ldvirtftn (the last two with a prefix byte, which the search need not see)
    static readonly byte[] CallCodes = [0x28, 0x6F, 0x73, 0x06, 0x07];

    /// <summary>Calls to methods of other assemblies whose full type name is one of <paramref name="types"/>.</summary>
    public static IReadOnlyList<Call> Of(string assemblyPath, params string[] types)
    {
        using var stream = File.OpenRead(assemblyPath);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        var calls = new List<Call>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.GetKind() != MemberReferenceKind.Method || member.Parent.Kind != HandleKind.TypeReference)
                continue;
            var type = FullName(metadata, metadata.GetTypeReference((TypeReferenceHandle)member.Parent));
            if (!types.Contains(type, StringComparer.Ordinal))
                continue;
            var signature = member.DecodeMethodSignature(new TypeNames(), genericContext: null);
            var from = CallersOf(image, metadata, MetadataTokens.GetToken(handle));
            calls.AddRange(from.Select(caller => new Call(type, metadata.GetString(member.Name), signature.ParameterTypes, caller)));
        }

        return calls;
    }

    static List<string> CallersOf(PEReader image, MetadataReader metadata, int token)
    {
        var callers = new List<string>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
                continue;
            var code = image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            if (Mentions(code, token))
                callers.Add($"{NameOf(metadata, method.GetDeclaringType())}.{metadata.GetString(method.Name)}");
        }

        return callers;
    }

    static bool Mentions(byte[] code, int token)
    {
        for (var at = 1; at + 4 <= code.Length; at++)
            if (BitConverter.ToInt32(code, at) == token && CallCodes.Contains(code[at - 1]))
                return true;
        return false;
    }

    static string NameOf(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var outer = type.GetDeclaringType();
        var name = metadata.GetString(type.Name);
        return outer.IsNil ? $"{metadata.GetString(type.Namespace)}.{name}" : $"{NameOf(metadata, outer)}.{name}";
    }

    static string FullName(MetadataReader metadata, TypeReference type) => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";

    /// <summary>Type names in a signature, enough to tell overloads apart.</summary>
    sealed class TypeNames : ISignatureTypeProvider<string, object?>
    {
        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";
        public string GetByReferenceType(string elementType) => elementType + "&";
        public string GetFunctionPointerType(MethodSignature<string> signature) => "fnptr";
        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;
        public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;
        public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;
        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;
        public string GetPinnedType(string elementType) => elementType;
        public string GetPointerType(string elementType) => elementType + "*";
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();
        public string GetSZArrayType(string elementType) => elementType + "[]";
        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => NameOf(reader, handle);
        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => FullName(reader, reader.GetTypeReference(handle));
        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);
    }
}
