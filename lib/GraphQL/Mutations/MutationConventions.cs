using System.Reflection;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>What a mutation gave, or the errors that stand in its place.</summary>
sealed record MutationPayload(object? Value, IReadOnlyList<object>? Errors);

/// <summary>One argument <c>input</c>, and a payload with the result and the errors that a caller can act on.</summary>
static class MutationConventions
{
    public static FieldConfiguration Apply(TypeCollector types, FieldConfiguration field)
    {
        var settings = field.Member.GetCustomAttribute<UseMutationConventionAttribute>();
        if (settings?.Disable == true || field.Member is not MethodInfo method) return field;
        var name = Names.PascalCase(field.Field.Name);
        Input(types, field, settings?.InputTypeName ?? name + "Input");
        Payload(types, field, settings, name, [.. method.GetCustomAttributes<ErrorAttribute>().Select(attribute => ErrorTypes.Of(types, attribute.ErrorType))]);
        return field;
    }

    static void Input(TypeCollector types, FieldConfiguration field, string typeName)
    {
        var arguments = field.Field.Arguments;
        if (arguments.Count == 0 || (arguments.Count == 1 && string.Equals(arguments[0].Name, "input", StringComparison.Ordinal))) return;
        var input = types.Named(typeName, () =>
        {
            var type = new InputObjectType(typeName) { Create = values => values };
            type.SetFields(arguments);
            return type;
        });
        field.Field.Arguments = [new("input", new NonNullType(input)) { RuntimeType = typeof(object?[]) }];
        field.Use(next => context => next(context.WithArguments(arguments, context.ArgumentValue<object?[]>("input"))));
    }

    static void Payload(TypeCollector types, FieldConfiguration field, UseMutationConventionAttribute? settings, string name, List<ErrorTypes.Mapping> errors)
    {
        var result = field.Field.Type;
        if (result.NamedType.Name.EndsWith("Payload", StringComparison.Ordinal) && errors.Count == 0) return;
        var fieldName = settings?.PayloadFieldName ?? Names.CamelCase(result.NamedType.Name);
        var payloadName = settings?.PayloadTypeName ?? name + "Payload";
        var payload = types.Named(payloadName, () =>
        {
            var type = new ObjectType(payloadName);
            type.SetFields(
            [
                new(fieldName, result.Nullable) { Read = parent => ((MutationPayload)parent).Value },
                .. errors.Count == 0 ? Array.Empty<OutputField>() : [new("errors", new ListType(new NonNullType(Union(types, name + "Error", errors)))) { Read = parent => ((MutationPayload)parent).Errors }],
            ]);
            return type;
        });
        field.Field.Type = new NonNullType(payload);
        field.Field.IsAsync = true;
        field.Use(next => async context =>
        {
            try
            {
                return new MutationPayload(await next(context), null);
            }
            catch (Exception fault) when (Find(errors, fault) is not null)
            {
                return new MutationPayload(null, [Find(errors, fault)!.Create(fault)]);
            }
        });
    }

    static ErrorTypes.Mapping? Find(List<ErrorTypes.Mapping> errors, Exception fault) => errors.Find(error => error.Exception.IsInstanceOfType(fault));

    static UnionType Union(TypeCollector types, string name, List<ErrorTypes.Mapping> errors) =>
        types.Named(name, () => new UnionType(name) { Types = [.. errors.Select(error => error.Type).Distinct()] });
}
