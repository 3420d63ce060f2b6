namespace OptiInfra.CloudSim.Faults;

/// <summary>EC2's filter patterns: * stands for any run of characters, ? for one, \ takes the next character as it is. Case counts.</summary>
public static class Wildcard
{
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        while (pattern.Length > 0)
        {
            switch (pattern[0])
            {
                case '*':
                    for (var skipped = 0; skipped <= text.Length; skipped++)
                    {
                        if (Matches(pattern[1..], text[skipped..]))
                        {
                            return true;
                        }
                    }

                    return false;
                case '?' when text.Length > 0:
                    break;
                case '\\' when pattern.Length > 1 && text.Length > 0 && pattern[1] == text[0]:
                    pattern = pattern[1..];
                    break;
                case var literal when text.Length > 0 && literal == text[0] && literal is not ('?' or '\\'):
                    break;
                default:
                    return false;
            }

            pattern = pattern[1..];
            text = text[1..];
        }

        return text.Length == 0;
    }
}
