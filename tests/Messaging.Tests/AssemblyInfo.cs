using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("Style", "IDE1006", Justification = "A test's class reads as the beginning of a sentence")]
