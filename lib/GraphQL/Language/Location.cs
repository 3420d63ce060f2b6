using System.Runtime.InteropServices;

namespace OptiInfra.GraphQL.Language;

/// <summary>Where a piece of a document stands.</summary>
/// <param name="Start">First character, counted from 0 in UTF-16 code units.</param>
/// <param name="End">One past the last character.</param>
/// <param name="Line">Line of the first character, from 1.</param>
/// <param name="Column">Column of the first character in its line, from 1, in UTF-16 code units.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Location(int Start, int End, int Line, int Column);
