namespace Trimtab.Training.Data;

/// <summary>Random orders that follow from a seed alone, on every machine.</summary>
internal static class Permutation
{
    /// <summary>The stream of <see cref="Of"/> that chooses what is held out; those from 0 on are epochs.</summary>
    public const int Held = -1;

    /// <summary>The numbers 0 … count − 1 in a random order.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="stream">Tells orders of one seed apart.</param>
    public static int[] Of(int count, int seed, int stream)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(Mix(seed, stream)).Shuffle(order);
        return order;
    }

    // Neighbouring seeds and streams share no generator: the products spread both over 64 bits, of which the upper ones are taken.
    private static int Mix(int seed, int stream) => unchecked((int)(((uint)seed * 0x9E3779B97F4A7C15 + (uint)stream * 0xBF58476D1CE4E5B9) >> 32));
}
