namespace Trimtab.Organism.Grammar;

/// <summary>Hashes that are the same on every machine and in every process, unlike <see cref="object.GetHashCode"/>.</summary>
internal static class StableHash
{
    /// <summary>A hash of whole numbers, in their order (SplitMix64 steps).</summary>
    public static ulong Of(params ReadOnlySpan<long> values)
    {
        ulong hash = 0;
        foreach (long value in values)
            hash = Mix(hash + 0x9E3779B97F4A7C15ul + (ulong)value);
        return hash;
    }

    /// <summary>A hash of a text's UTF-16 units (FNV-1a, then mixed).</summary>
    public static ulong Of(string text)
    {
        ulong hash = 0xCBF29CE484222325ul;
        foreach (char unit in text)
            hash = (hash ^ unit) * 0x100000001B3ul;
        return Mix(hash);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ul;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBul;
        return z ^ (z >> 31);
    }
}
