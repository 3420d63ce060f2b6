using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>A request is not what GraphQL over HTTP asks for.</summary>
sealed class BadRequestException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;
}

/// <summary>Reads requests from bodies and addresses.</summary>
static class RequestReader
{
    /// <summary>The body, to be disposed when the request is over.</summary>
    /// <exception cref="BadRequestException">It is no JSON in UTF-8, or too large.</exception>
    public static async ValueTask<JsonDocument> Body(HttpRequest request, GraphQLServerOptions options, CancellationToken cancellationToken)
    {
        var type = request.ContentType ?? "";
        if (!MediaTypes.Is(type, "application/json"))
            throw new BadRequestException(StatusCodes.Status415UnsupportedMediaType, $"Send the request as application/json, not as \"{type}\".");
        if (MediaTypes.Charset(type) is { } charset && !string.Equals(charset, "utf-8", StringComparison.OrdinalIgnoreCase))
            throw new BadRequestException(StatusCodes.Status415UnsupportedMediaType, $"Send the request in utf-8, not in \"{charset}\".");
        if (request.ContentLength > options.MaxRequestBytes) throw TooLarge(options);
        while (true)
        {
            var read = await Read(request.BodyReader, cancellationToken);
            if (read.Buffer.Length > options.MaxRequestBytes) throw TooLarge(options);
            if (!read.IsCompleted)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            try
            {
                // parsed over a copy: the pipe takes its memory back
                var body = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                JsonText.Check(body);
                return JsonDocument.Parse(body);
            }
            catch (JsonException)
            {
                throw new BadRequestException(StatusCodes.Status400BadRequest, "The body is no JSON in UTF-8.");
            }
            finally
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    static async ValueTask<System.IO.Pipelines.ReadResult> Read(System.IO.Pipelines.PipeReader body, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(cancellationToken);
        }
        catch (BadHttpRequestException fault)
        {
            throw new BadRequestException(fault.StatusCode, "The body could not be read: it came too slowly, was too large, or was not whole.");
        }
    }

    static BadRequestException TooLarge(GraphQLServerOptions options) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The request holds more than {options.MaxRequestBytes} bytes.");

    /// <exception cref="BadRequestException">A member has the wrong type.</exception>
    public static GraphQLRequest From(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw Wrong("The request has to be a JSON object.");
        string? query = null, operationName = null, id = null;
        JsonElement variables = default;
        foreach (var property in body.EnumerateObject())
        {
            var value = property.Value;
            if (value.ValueKind == JsonValueKind.Null) continue;
            switch (property.Name)
            {
                case "query": query = Text(value, "query"); break;
                case "operationName": operationName = Text(value, "operationName"); break;
                case "id" or "documentId": id = Text(value, property.Name); break;
                case "variables": variables = Map(value, "variables"); break;
                case "extensions": Map(value, "extensions"); break;
            }
        }
        return Checked(query, operationName, id, variables);
    }

    /// <exception cref="BadRequestException">A parameter has the wrong type.</exception>
    public static GraphQLRequest From(IQueryCollection parameters)
    {
        if (parameters["extensions"].ToString() is { Length: > 0 } extensions) Json(extensions, "extensions");
        var variables = parameters["variables"].ToString() is { Length: > 0 } text ? Json(text, "variables") : default;
        return Checked(OrNull("query"), OrNull("operationName"), OrNull("id") ?? OrNull("documentId"), variables);

        string? OrNull(string name) => parameters[name].ToString() is { Length: > 0 } value ? value : null;
    }

    static GraphQLRequest Checked(string? query, string? operationName, string? id, JsonElement variables)
    {
        if (query is null && id is null) throw Wrong("The request needs a \"query\", or the \"id\" of a trusted document.");
        return new() { Query = query, OperationName = operationName, DocumentId = id, Variables = variables };
    }

    static string Text(JsonElement value, string name) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong($"\"{name}\" has to be a string.");

    static JsonElement Map(JsonElement value, string name) => value.ValueKind == JsonValueKind.Object ? value : throw Wrong($"\"{name}\" has to be a JSON object.");

    static JsonElement Json(string text, string name)
    {
        try
        {
            JsonText.Check(System.Text.Encoding.UTF8.GetBytes(text));
            var element = JsonElement.Parse(text);
            return element.ValueKind == JsonValueKind.Null ? default : Map(element, name);
        }
        catch (JsonException)
        {
            throw Wrong($"\"{name}\" has to be a JSON object.");
        }
    }

    static BadRequestException Wrong(string message) => new(StatusCodes.Status400BadRequest, message);
}
