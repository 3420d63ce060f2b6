namespace MassTransit;

/// <summary>How the instances of a saga are kept in PostgreSQL.</summary>
public interface IPostgresSagaRepositoryConfigurator
{
    /// <summary>Stored name of the saga; its type's name in snake_case by default. Keep it when renaming the type.</summary>
    string SagaType { set; }
}
