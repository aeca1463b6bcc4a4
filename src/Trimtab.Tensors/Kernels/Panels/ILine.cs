namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// The <see cref="PanelFormat.Width"/> singles of one inner position of a panel, in the registers of one tier. Kernels are written once over this, and the
/// compiler makes straight-line code of them for each tier; every operation rounds the same way on all of them, so the tiers agree bit for bit.
/// </summary>
internal unsafe interface ILine<TSelf> where TSelf : struct, ILine<TSelf>
{
    /// <summary>Sixteen zeros.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>Whether the tiles of many rows cover two neighbouring panels, because the registers hold that many sums.</summary>
    static abstract bool Wide { get; }

    /// <summary>Sixteen singles that lie one after the other.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>
    /// Sixteen codes of two bytes as the upper halves of 32-bit values whose lower halves are zero. Code i + 8 lies right behind code i, so that a shift and a mask
    /// of the same registers give outputs 0 … 7 and 8 … 15 in their order.
    /// </summary>
    static abstract TSelf LoadUpper(ushort* source);

    /// <summary>Writes the singles one after the other.</summary>
    static abstract void Store(TSelf line, float* target);

    /// <summary>sum + x · line, rounded once, where x is one single.</summary>
    static abstract TSelf MultiplyAdd(float* x, TSelf line, TSelf sum);

    /// <summary>
    /// Sixteen halves as singles: exact for every finite one, denormals included. Infinities and NaN come out as if their exponent were one more of the usual ones.
    /// The codes lie as for <see cref="LoadUpper"/>.
    /// </summary>
    static abstract TSelf LoadFiniteHalves(ushort* source);

    /// <summary>Makes infinities and NaN of what <see cref="LoadFiniteHalves"/> took for numbers beyond the largest half; leaves all others.</summary>
    static abstract TSelf Beyond(TSelf line);
}

/// <summary>The bits that turn a half into a single: moved to the places of a single's, its exponent is 112 too small, denormal or not.</summary>
internal static class HalfBits
{
    /// <summary>How far exponent and mantissa move down from the upper half of a lane.</summary>
    public const int Shift = 3;

    /// <summary>What stays after the shift: the sign, five bits of exponent and ten of mantissa. The copies of the sign go, and the other half below.</summary>
    public const int Kept = unchecked((int)0x8FFF_E000);

    /// <summary>2¹¹², the ratio of the two biases: an exact factor.</summary>
    public const float Ratio = 5.192296858534828e33f;

    /// <summary>From this size on, a value was no finite half.</summary>
    public const float Limit = 65536;

    /// <summary>The exponent of infinities and NaN.</summary>
    public const uint NotFinite = 0x7F80_0000;
}
