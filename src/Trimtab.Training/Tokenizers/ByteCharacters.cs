namespace Trimtab.Training.Tokenizers;

/// <summary>
/// The 256 visible characters by which byte-level vocabularies write bytes (Radford et al. 2019): printable Latin-1 stands for itself, the other bytes take the letters from
/// U+0100 on.
/// </summary>
internal static class ByteCharacters
{
    /// <summary>The character of every byte, in the order of the bytes.</summary>
    public static IReadOnlyList<string> All { get; } = Characters();

    private static string[] Characters()
    {
        var characters = new string[256];
        char next = '\u0100';
        for (int value = 0; value < characters.Length; value++)
            characters[value] = (IsVisible(value) ? (char)value : next++).ToString();
        return characters;
    }

    // 0xAD is the soft hyphen, which shows only at line ends.
    private static bool IsVisible(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
}
