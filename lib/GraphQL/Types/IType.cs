namespace OptiInfra.GraphQL.Types;

/// <summary>A named type, or a list or non-null of another; <see cref="object.ToString"/> gives it in GraphQL's words.</summary>
public interface IType;

public sealed class ListType(IType elementType) : IType
{
    public IType ElementType { get; } = elementType;
    public override string ToString() => $"[{ElementType}]";
}

public sealed class NonNullType : IType
{
    /// <exception cref="ArgumentException">The type is non-null already.</exception>
    public NonNullType(IType nullableType)
    {
        if (nullableType is NonNullType) throw new ArgumentException($"{nullableType} is non-null already.", nameof(nullableType));
        NullableType = nullableType;
    }

    public IType NullableType { get; }
    public override string ToString() => $"{NullableType}!";
}

/// <summary>A type that the schema knows by its name.</summary>
public abstract class NamedType(string name) : IType
{
    public string Name { get; } = name;
    public string? Description { get; internal set; }
    public override string ToString() => Name;
}

/// <summary>Questions about types that every part of an engine asks.</summary>
public static class TypeQuestions
{
    extension(IType type)
    {
        public bool IsNonNull => type is NonNullType;

        /// <summary>Without an outer non-null.</summary>
        public IType Nullable => type is NonNullType nonNull ? nonNull.NullableType : type;

        /// <summary>Without all lists and non-nulls.</summary>
        public NamedType NamedType
        {
            get
            {
                while (true)
                {
                    switch (type)
                    {
                        case NonNullType nonNull: type = nonNull.NullableType; break;
                        case ListType list: type = list.ElementType; break;
                        default: return (NamedType)type;
                    }
                }
            }
        }

        public bool IsList => type.Nullable is ListType;
        public bool IsLeaf => type.Nullable is ScalarType or EnumType;
        public bool IsComposite => type.Nullable is ComplexType or UnionType;
        public bool IsAbstract => type.Nullable is InterfaceType or UnionType;

        /// <summary>Whether arguments and variables may be of this type (or lists of it).</summary>
        public bool IsInput => type.NamedType is ScalarType or EnumType or InputObjectType;

        /// <summary>Whether fields may be of this type (or lists of it).</summary>
        public bool IsOutput => type.NamedType is not InputObjectType;

        /// <summary>Whether both are built alike from the same named type.</summary>
        public bool IsSameAs(IType other) => (type, other) switch
        {
            (NonNullType a, NonNullType b) => a.NullableType.IsSameAs(b.NullableType),
            (ListType a, ListType b) => a.ElementType.IsSameAs(b.ElementType),
            _ => ReferenceEquals(type, other),
        };
    }
}
