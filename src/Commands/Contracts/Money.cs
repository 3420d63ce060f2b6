namespace OptiInfra.Contracts;

/// <summary>Amounts are USD with their period in the name; a month has 730 hours.</summary>
public static class Money
{
    public const int HoursPerMonth = 730;

    public static decimal MonthlyUsd(decimal hourlyUsd) => hourlyUsd * HoursPerMonth;
}
