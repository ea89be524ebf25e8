namespace Amodal.Data.Pickles;

/// <summary>The texts of protocol 0: Python 2's repr of a str, and raw-unicode-escape.</summary>
internal static class QuotedText
{
    /// <summary>A quoted byte string, its bytes as latin-1; null when the quotes are not right.</summary>
    public static string? ParseString(string line)
    {
        var isQuoted = line.Length >= 2 && line[0] is '\'' or '"' && line[^1] == line[0];
        return isQuoted ? Unescape(line.AsSpan(1, line.Length - 2), isRaw: false) : null;
    }

    /// <summary>A unicode text in which only \uXXXX and \UXXXXXXXX are escapes.</summary>
    public static string ParseUnicode(string line) => Unescape(line, isRaw: true);

    private static string Unescape(ReadOnlySpan<char> text, bool isRaw)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            var next = text[i + 1];
            var digits = (next, isRaw) switch { ('x', false) => 2, ('u', true) => 4, ('U', true) => 8, _ => 0 };
            if (digits > 0 && i + 2 + digits <= text.Length && Hex(text.Slice(i + 2, digits)) is { } rune)
            {
                result.Append(rune.ToString());
                i += 1 + digits;
            }
            else if (!isRaw && Simple(next) is { } plain)
            {
                result.Append(plain);
                i++;
            }
            else
            {
                result.Append('\\');
            }
        }

        return result.ToString();
    }

    private static Rune? Hex(ReadOnlySpan<char> digits) =>
        uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && Rune.IsValid(value) ? new Rune(value) : null;

    private static char? Simple(char letter) => letter switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '\\' or '\'' or '"' => letter,
        _ => null,
    };
}
