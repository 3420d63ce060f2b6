namespace OptiInfra.Messaging.Tests.Shop;

public sealed record OrderPlaced(Guid OrderId, string Customer, decimal AmountUsd);
public sealed record ItemPacked(Guid OrderId, int Number);
public sealed record PaymentTaken(Guid OrderId, string Customer);
public sealed record OrderShipped(Guid OrderId);
public sealed record OrderClosed(Guid OrderId, string Reason);
public sealed record PaymentMissed(Guid OrderId);
/// <summary>An event that no consumer takes.</summary>
public sealed record CatalogPrinted(Guid CatalogId);
/// <summary>Timeout of the saga; not an event.</summary>
public sealed record PaymentOverdue(Guid OrderId);
/// <summary>Only on a consumer's own account, in the scheduler's tests.</summary>
public sealed record Reminder(Guid OrderId, string Text);
