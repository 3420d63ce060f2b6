namespace OptiInfra.Aws.Protocol;

/// <summary>AWS's two form-encoded protocols.</summary>
internal enum QueryDialect
{
    /// <summary>EC2's own: lists without <c>member</c>, names capitalised, responses without a result wrapper.</summary>
    Ec2,

    /// <summary>The older services' (CloudWatch, Auto Scaling): <c>List.member.N</c>, responses in <c>OperationResult</c>.</summary>
    Query,
}

/// <summary>One operation of a service: what it is called and the shapes of what goes in and comes out.</summary>
internal sealed record QueryOperation(string Name, string Version, QueryDialect Dialect, StructureShape? Input, StructureShape? Output)
{
    /// <summary>Put in front of the endpoint's host; {member} stands for a member of the input.</summary>
    public string? HostPrefix { get; init; }

    /// <summary>The body is sent gzipped when it is large enough (AWSSDK.Core's threshold).</summary>
    public bool CompressRequest { get; init; }

    /// <summary>The operation whose shapes are those of the given CLR types.</summary>
    public static QueryOperation For<TRequest, TResponse>(string name, string version, QueryDialect dialect) =>
        new(name, version, dialect, ClrShape.Of<TRequest>(dialect), ClrShape.Of<TResponse>(dialect));
}
