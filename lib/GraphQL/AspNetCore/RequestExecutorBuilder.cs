using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>What a GraphQL server is made of.</summary>
public interface IRequestExecutorBuilder
{
    IServiceCollection Services { get; }
    SchemaBuilder Schema { get; }
}

public static class GraphQLServerRegistration
{
    /// <summary>Adds the one GraphQL server of a program; its schema is made when it is first asked for.</summary>
    public static IRequestExecutorBuilder AddGraphQLServer(this IServiceCollection services)
    {
        var builder = new Builder(services);
        services.TryAddScoped<BatchScheduler>();
        services.TryAddScoped<IBatchScheduler>(provider => provider.GetRequiredService<BatchScheduler>());
        services.AddSingleton(provider =>
        {
            var isService = provider.GetService<IServiceProviderIsService>();
            return builder.Schema.UseServices(type => isService?.IsService(type) == true).Build();
        });
        services.AddSingleton(provider =>
        {
            var options = new RequestOptions { TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System };
            foreach (var change in builder.Changes) change(options);
            return new RequestExecutor(provider.GetRequiredService<Schema>(), options, provider.GetServices<IErrorFilter>());
        });
        return builder;
    }

    public static IRequestExecutorBuilder AddQueryType<T>(this IRequestExecutorBuilder builder) => builder.With(schema => schema.AddQueryType(typeof(T)));

    public static IRequestExecutorBuilder AddMutationType<T>(this IRequestExecutorBuilder builder) => builder.With(schema => schema.AddMutationType(typeof(T)));

    public static IRequestExecutorBuilder AddSubscriptionType<T>(this IRequestExecutorBuilder builder) => builder.With(schema => schema.AddSubscriptionType(typeof(T)));

    /// <inheritdoc cref="SchemaBuilder.AddType"/>
    public static IRequestExecutorBuilder AddType<T>(this IRequestExecutorBuilder builder) => builder.With(schema => schema.AddType(typeof(T)));

    /// <inheritdoc cref="SchemaBuilder.AddTypeExtension"/>
    public static IRequestExecutorBuilder AddTypeExtension<T>(this IRequestExecutorBuilder builder) => builder.AddTypeExtension(typeof(T));

    /// <inheritdoc cref="SchemaBuilder.AddTypeExtension"/>
    public static IRequestExecutorBuilder AddTypeExtension(this IRequestExecutorBuilder builder, Type type) => builder.With(schema => schema.AddTypeExtension(type));

    /// <inheritdoc cref="SchemaBuilder.AddTypes"/>
    public static IRequestExecutorBuilder AddTypes(this IRequestExecutorBuilder builder, Assembly assembly) => builder.With(schema => schema.AddTypes(assembly));

    /// <inheritdoc cref="SchemaBuilder.AddMutationConventions"/>
    public static IRequestExecutorBuilder AddMutationConventions(this IRequestExecutorBuilder builder) => builder.With(schema => schema.AddMutationConventions());

    /// <inheritdoc cref="SchemaBuilder.BindRuntimeType"/>
    public static IRequestExecutorBuilder BindRuntimeType<T>(this IRequestExecutorBuilder builder, ScalarType scalar) => builder.With(schema => schema.BindRuntimeType(typeof(T), scalar));

    /// <summary>[UseFiltering] needs nothing more; the call is there for readers who know it from HotChocolate.</summary>
    public static IRequestExecutorBuilder AddFiltering(this IRequestExecutorBuilder builder) => builder;

    /// <summary>[UseSorting] needs nothing more; the call is there for readers who know it from HotChocolate.</summary>
    public static IRequestExecutorBuilder AddSorting(this IRequestExecutorBuilder builder) => builder;

    /// <summary>Topics within this process.</summary>
    public static IRequestExecutorBuilder AddInMemorySubscriptions(this IRequestExecutorBuilder builder)
    {
        builder.Services.TryAddSingleton<InMemoryTopics>();
        builder.Services.TryAddSingleton<ITopicEventSender>(provider => provider.GetRequiredService<InMemoryTopics>());
        builder.Services.TryAddSingleton<ITopicEventReceiver>(provider => provider.GetRequiredService<InMemoryTopics>());
        return builder;
    }

    public static IRequestExecutorBuilder AddDataLoader<T>(this IRequestExecutorBuilder builder) where T : class, IDataLoader
    {
        builder.Services.TryAddScoped<T>();
        return builder;
    }

    public static IRequestExecutorBuilder AddDataLoader<TService, T>(this IRequestExecutorBuilder builder) where TService : class, IDataLoader where T : class, TService
    {
        builder.Services.TryAddScoped<TService, T>();
        return builder;
    }

    public static IRequestExecutorBuilder AddErrorFilter<T>(this IRequestExecutorBuilder builder) where T : class, IErrorFilter
    {
        builder.Services.AddSingleton<IErrorFilter, T>();
        return builder;
    }

    public static IRequestExecutorBuilder AddErrorFilter(this IRequestExecutorBuilder builder, Func<GraphQLError, GraphQLError> filter)
    {
        builder.Services.AddSingleton<IErrorFilter>(new ErrorFilter(filter));
        return builder;
    }

    public static IRequestExecutorBuilder AddAuthorizationHandler<T>(this IRequestExecutorBuilder builder) where T : class, IAuthorizationHandler
    {
        builder.Services.AddScoped<IAuthorizationHandler, T>();
        return builder;
    }

    public static IRequestExecutorBuilder ModifyRequestOptions(this IRequestExecutorBuilder builder, Action<RequestOptions> change)
    {
        ((Builder)builder).Changes.Add(change);
        return builder;
    }

    /// <summary>Whether <c>__schema</c> and <c>__type</c> are refused; they are unless this allows them.</summary>
    public static IRequestExecutorBuilder DisableIntrospection(this IRequestExecutorBuilder builder, bool disable = true) =>
        builder.ModifyRequestOptions(options => options.AllowIntrospection = !disable);

    static IRequestExecutorBuilder With(this IRequestExecutorBuilder builder, Action<SchemaBuilder> change)
    {
        change(builder.Schema);
        return builder;
    }

    sealed class Builder(IServiceCollection services) : IRequestExecutorBuilder
    {
        public IServiceCollection Services { get; } = services;
        public SchemaBuilder Schema { get; } = new();
        public List<Action<RequestOptions>> Changes { get; } = [];
    }

    sealed class ErrorFilter(Func<GraphQLError, GraphQLError> filter) : IErrorFilter
    {
        public GraphQLError OnError(GraphQLError error) => filter(error);
    }
}
