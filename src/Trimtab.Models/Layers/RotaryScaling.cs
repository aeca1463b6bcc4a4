namespace Trimtab.Models.Layers;

/// <summary>How rotary frequencies follow from the base, and how they are stretched for contexts longer than the model was first trained on.</summary>
/// <param name="Base">θ of f(i) = θ^(−2i/R), "rope_theta".</param>
public abstract record RotaryScaling(double Base)
{
    /// <summary>The factor on cos and sin, with which some scalings correct the attention's temperature.</summary>
    public virtual float AttentionFactor => 1;

    /// <summary>A number that changes with the length where the frequencies do; 0 throughout for scalings that ignore the length.</summary>
    public virtual int Regime(int length) => 0;

    /// <summary>The <paramref name="size"/>/2 frequencies for a sequence of <paramref name="length"/> positions.</summary>
    public abstract float[] Frequencies(int size, int length);

    /// <summary>θ^(−2i/R), rounded to single precision as the reference implementations hold them.</summary>
    protected static float[] Plain(double @base, int size)
    {
        var frequencies = new float[size / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = (float)(1 / Math.Pow(@base, 2.0 * i / size));
        return frequencies;
    }
}

/// <summary>No stretching.</summary>
public sealed record PlainRotary(double Base) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length) => Plain(Base, size);
}

/// <summary>Position interpolation (Chen et al. 2023): every frequency divided by the factor.</summary>
public sealed record LinearRotary(double Base, double Factor) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length) => Array.ConvertAll(Plain(Base, size), f => f / (float)Factor);
}

/// <summary>
/// Dynamic NTK: past the trained length the base grows with the sequence, θ · (s·n/N − (s − 1))^(R/(R−2)). Every further position is a regime of its own.
/// </summary>
/// <param name="Base">θ.</param>
/// <param name="Factor">s.</param>
/// <param name="TrainedLength">N.</param>
public sealed record DynamicRotary(double Base, double Factor, int TrainedLength) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override int Regime(int length) => Math.Max(length, TrainedLength);

    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length)
    {
        double stretch = Factor * Math.Max(length, TrainedLength) / TrainedLength - (Factor - 1);
        return Plain(Base * Math.Pow(stretch, size / (size - 2.0)), size);
    }
}

/// <summary>Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between blended.</summary>
/// <param name="Base">θ.</param>
/// <param name="Factor">The divisor of long wavelengths.</param>
/// <param name="LowFrequencyFactor">Wavelengths above TrainedLength / this are long.</param>
/// <param name="HighFrequencyFactor">Wavelengths below TrainedLength / this are short.</param>
/// <param name="TrainedLength">The length before the extension.</param>
public sealed record Llama3Rotary(double Base, double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int TrainedLength) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length) => Array.ConvertAll(Plain(Base, size), Stretch);

    private float Stretch(float frequency)
    {
        double waves = TrainedLength * frequency / (2 * Math.PI);
        double smooth = Math.Clamp((waves - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (float)((1 - smooth) * frequency / Factor + smooth * frequency);
    }
}

/// <summary>
/// YaRN (Peng et al. 2023): a ramp over the pairs goes from kept to interpolated frequencies, and the attention temperature is corrected.
/// </summary>
/// <param name="Base">θ.</param>
/// <param name="Factor">The stretch s.</param>
/// <param name="TrainedLength">The length before the extension.</param>
/// <param name="Attention">The factor on cos and sin.</param>
/// <param name="BetaFast">Pairs that turn more often than this over the trained length are kept.</param>
/// <param name="BetaSlow">Pairs that turn less often than this are interpolated.</param>
/// <param name="Truncate">Round the ends of the ramp to whole pairs, as the published code does.</param>
public sealed record YarnRotary(double Base, double Factor, int TrainedLength, float Attention, double BetaFast = 32, double BetaSlow = 1, bool Truncate = true)
    : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float AttentionFactor => Attention;

    /// <summary>The paper's temperature 0.1·m·ln(s) + 1, with m for models that weight it; 1 for s ≤ 1.</summary>
    public static double Temperature(double factor, double weight = 1) => factor <= 1 ? 1 : 0.1 * weight * Math.Log(factor) + 1;

    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length)
    {
        double low = PairTurning(BetaFast, size), high = PairTurning(BetaSlow, size);
        if (Truncate)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        if (low == high)
            high += 0.001;
        var frequencies = Plain(Base, size);
        for (int i = 0; i < frequencies.Length; i++)
        {
            double interpolated = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = (float)(frequencies[i] / Factor * interpolated + frequencies[i] * (1 - interpolated));
        }
        return frequencies;
    }

    // The (fractional) pair that turns the given number of times over the trained length.
    private double PairTurning(double turns, int size) => size * Math.Log(TrainedLength / (turns * 2 * Math.PI)) / (2 * Math.Log(Base));
}

/// <summary>
/// LongRoPE (Ding et al. 2024): each pair has its own divisor, from one list up to the trained length and from another, for all positions, beyond it.
/// </summary>
/// <param name="Base">θ.</param>
/// <param name="ShortFactors">R/2 divisors for sequences up to the trained length.</param>
/// <param name="LongFactors">R/2 divisors for longer sequences.</param>
/// <param name="TrainedLength">The length before the extension.</param>
/// <param name="Attention">The factor on cos and sin.</param>
public sealed record LongRotary(double Base, IReadOnlyList<float> ShortFactors, IReadOnlyList<float> LongFactors, int TrainedLength, float Attention) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float AttentionFactor => Attention;

    /// <inheritdoc/>
    public override int Regime(int length) => length > TrainedLength ? 1 : 0;

    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length)
    {
        var factors = length > TrainedLength ? LongFactors : ShortFactors;
        if (factors.Count != size / 2)
            throw new ModelFormatException($"rope_scaling: {factors.Count} factors were given for {size / 2} pairs — short_factor and long_factor need one for each.");
        var frequencies = new float[size / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = (float)(1 / (factors[i] * Math.Pow(Base, 2.0 * i / size)));
        return frequencies;
    }
}

/// <summary>Frequencies divided by factors that the file itself holds, as GGUF stores Llama 3.1's scaling.</summary>
public sealed record FactoredRotary(double Base, IReadOnlyList<float> Factors) : RotaryScaling(Base)
{
    /// <inheritdoc/>
    public override float[] Frequencies(int size, int length)
    {
        if (Factors.Count != size / 2)
            throw new ModelFormatException($"rope_scaling: {Factors.Count} factors were given for {size / 2} pairs — one is needed for each.");
        var frequencies = Plain(Base, size);
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] /= Factors[i];
        return frequencies;
    }
}
