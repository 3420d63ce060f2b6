using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Specification, section 5.4.</summary>
sealed class ArgumentRules(ValidationContext context) : DocumentVisitor(context)
{
    public override void Arguments(SyntaxNode owner, IReadOnlyList<ArgumentNode> given, IReadOnlyList<InputValue>? defined)
    {
        if (given.Count > 1) Context.RequireUnique(SpecifiedRule.UniqueArgumentNames, given, argument => argument.Name, "Argument");
        if (defined is null) return;
        foreach (var unknown in given.Where(argument => !defined.Any(definition => Same(definition, argument))))
            Context.Report(SpecifiedRule.KnownArgumentNames, $"{Describe(owner)} has no argument \"{unknown.Name.Value}\".", unknown);
        foreach (var missing in defined.Where(definition => definition.IsRequired && !given.Any(argument => Same(definition, argument))))
            Context.Report(SpecifiedRule.ProvidedRequiredArguments, $"{Describe(owner)} needs the argument \"{missing.Name}\" of type \"{missing.Type}\".", owner);
    }

    static bool Same(InputValue definition, ArgumentNode argument) => string.Equals(definition.Name, argument.Name.Value, StringComparison.Ordinal);

    static string Describe(SyntaxNode owner) => owner switch
    {
        FieldNode field => $"Field \"{field.Name.Value}\"",
        DirectiveNode directive => $"Directive \"@{directive.Name.Value}\"",
        _ => "It",
    };
}
