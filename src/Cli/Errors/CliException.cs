namespace OptiInfra.Cli.Errors;

/// <summary>What the program's exit status says.</summary>
static class ExitCode
{
    public const int Done = 0;
    /// <summary>Something was refused or has failed.</summary>
    public const int Failed = 1;
    /// <summary>An option, an argument or a file is wrong.</summary>
    public const int BadInput = 2;
    /// <summary>PostgreSQL, RabbitMQ or the cloud does not answer.</summary>
    public const int Unreachable = 3;
}

/// <summary>An end of the program that a person is told in one line: what is wrong with which input, and what to do.</summary>
sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    public static CliException BadInput(string message, Exception? inner = null) => new(Errors.ExitCode.BadInput, message, inner);
    public static CliException Failed(string message, Exception? inner = null) => new(Errors.ExitCode.Failed, message, inner);
    public static CliException Unreachable(string message, Exception? inner = null) => new(Errors.ExitCode.Unreachable, message, inner);
}
