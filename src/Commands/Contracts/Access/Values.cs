namespace OptiInfra.Contracts.Access;

/// <summary>What somebody may do. Admin includes operator and approver; these two include viewer.</summary>
public enum Role
{
    /// <summary>Sees what belongs to its customers.</summary>
    Viewer,
    /// <summary>Requests, cancels and resumes migrations.</summary>
    Operator,
    /// <summary>Approves and rejects plans.</summary>
    Approver,
    /// <summary>Everything, with access tokens and housekeeping.</summary>
    Admin,
}

public enum TokenKind
{
    /// <summary>Only to be exchanged, once, for a session.</summary>
    OneTime,
    /// <summary>Of a person who signed in.</summary>
    Session,
    /// <summary>Of a program, or of a person without a browser.</summary>
    ApiKey,
}

/// <summary>Who was signed in when a command was given, with the roles of that moment, so that it can be decided again.</summary>
/// <param name="Id">The same for every token of one person or program.</param>
public sealed record SignedInPerson(string Id, IReadOnlyList<Role> Roles);

/// <summary>Names of customers as tokens have them.</summary>
public static class CustomerNames
{
    /// <summary>In a token: every customer.</summary>
    public const string All = "*";
    /// <summary>Where tokens and denials are kept; names that begin like it belong to nobody.</summary>
    public const string Access = "$access";
    public const int MaxLength = 100;

    /// <summary>Whether a customer may be called that: 1 to 100 characters, no control characters, not * and not beginning with $.</summary>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name[0] != '$' && name != All && !name.Any(char.IsControl);
}
