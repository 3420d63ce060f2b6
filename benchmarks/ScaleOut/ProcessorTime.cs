using System.ComponentModel;
using System.Diagnostics;

namespace OptiInfra.Benchmarks.ScaleOut;

/// <summary>What the parts of a load have spent; nothing where a server is on another machine.</summary>
sealed record ProcessorTime(TimeSpan Workers, TimeSpan PostgreSql, TimeSpan RabbitMq)
{
    public TimeSpan Total => Workers + PostgreSql + RabbitMq;

    /// <param name="backends">Ids of PostgreSQL's processes that serve the load.</param>
    public static ProcessorTime Now(IEnumerable<Process> workers, IEnumerable<int> backends)
    {
        var processes = Process.GetProcesses();
        return new(
            Of(workers),
            Of(processes.Where(p => p.ProcessName.StartsWith("postgres", StringComparison.Ordinal)).IntersectBy(backends, p => p.Id)),
            Of(processes.Where(p => p.ProcessName == "beam.smp")));
    }

    public static ProcessorTime operator -(ProcessorTime later, ProcessorTime earlier) =>
        new(later.Workers - earlier.Workers, later.PostgreSql - earlier.PostgreSql, later.RabbitMq - earlier.RabbitMq);

    public static ProcessorTime operator /(ProcessorTime spent, double messages) => new(spent.Workers / messages, spent.PostgreSql / messages, spent.RabbitMq / messages);

    static TimeSpan Of(IEnumerable<Process> processes) => processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + Of(process));

    static TimeSpan Of(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // it has ended meanwhile
            return TimeSpan.Zero;
        }
    }
}
