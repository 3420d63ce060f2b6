using System.CommandLine;
using OptiInfra.Cli;
using OptiInfra.Cli.Errors;

var parsed = CommandTree.Create().Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors is [{ } first, ..])
{
    var problem = parsed.UnmatchedTokens is [{ } unknown, ..] ? $"'{unknown}' is not known here." : first.Message;
    var command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
    await Console.Error.WriteLineAsync($"optiinfra: {ErrorReport.OneLine(problem)} `optiinfra {command}--help` shows what there is.");
    return ExitCode.BadInput;
}

// the commands say in one line what went wrong themselves, and stop by themselves within their own limit
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(12) });
