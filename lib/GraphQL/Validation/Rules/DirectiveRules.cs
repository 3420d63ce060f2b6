using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Specification, section 5.7.</summary>
sealed class DirectiveRules(ValidationContext context) : DocumentVisitor(context)
{
    public override void Directives(IReadOnlyList<DirectiveNode> directives, DirectiveLocation location)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in directives)
        {
            var name = node.Name.Value;
            if (!Schema.TryGetDirective(name, out var known))
            {
                Context.Report(SpecifiedRule.KnownDirectives, $"There is no directive \"@{name}\".", node);
                continue;
            }
            if (!known.Locations.Contains(location))
                Context.Report(SpecifiedRule.KnownDirectives, $"Directive \"@{name}\" may not stand on {DirectiveLocations.NameOf(location)}.", node);
            if (!seen.Add(name) && !known.IsRepeatable)
                Context.Report(SpecifiedRule.UniqueDirectivesPerLocation, $"Directive \"@{name}\" is there more than once at one place.", node);
        }
    }
}
