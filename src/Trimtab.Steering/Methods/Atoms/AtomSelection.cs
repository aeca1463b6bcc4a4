namespace Trimtab.Steering;

/// <summary>Which of the two differences a latent must stand out by to be a target atom.</summary>
public enum AtomCriterion
{
    /// <summary>By both.</summary>
    Both,
    /// <summary>By how strongly it fires.</summary>
    Amplitude,
    /// <summary>By how often it fires.</summary>
    Frequency,
}

/// <summary>
/// The choice of target atoms among the latents of a sparse autoencoder (STA, Wang et al. 2025, arXiv 2505.20322, section 3.2), in the form of the authors' code. With x̃ = sign(x) · (|x| − min|x|) / (max|x| − min|x|),
/// a latent's score is s = f̃ where the differences of amplitude and frequency have one sign, else 0; kept are the latents whose |s| and |Δa| reach the value at place ⌊keep · F⌋ of their descending order.
/// </summary>
public sealed record AtomSelection
{
    /// <summary>The share of latents that each criterion keeps, above 0 and up to 1 (`trim` in STA; EasyEdit2's `trims` is 1 minus it). Default 0.35.</summary>
    public double KeepFraction
    {
        get;
        init => field = value is > 0 and <= 1 ? value
            : throw new ArgumentException(FormattableString.Invariant($"Target atoms: a share of {value} was asked to be kept — it must lie above 0 and up to 1. EasyEdit2's trims are 1 minus it."), nameof(value));
    } = 0.35;

    /// <summary>The criteria. Default both.</summary>
    public AtomCriterion Criterion { get; init; }

    /// <summary>
    /// Never keep a latent whose score is 0. Where fewer latents score than are to be kept, which is usual with few pairs, the frequency threshold is 0 and lets all pass, those that disagree included:
    /// the published code does that, and so does the default.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>Keep only what the wanted answers have more of, as the paper writes it; by default what the unwanted ones have more of is kept with its negative sign.</summary>
    public bool OneSided { get; init; }

    /// <summary>Which latents are kept.</summary>
    /// <param name="amplitude">Δa: for each latent its mean activation on wanted minus that on unwanted answers.</param>
    /// <param name="frequency">Δf: on how many more wanted than unwanted answers it fires.</param>
    /// <exception cref="ArgumentException">The two have not one length, or there are no latents.</exception>
    public bool[] Select(ReadOnlySpan<double> amplitude, ReadOnlySpan<int> frequency)
    {
        if (amplitude.Length != frequency.Length || amplitude.IsEmpty)
            throw new ArgumentException($"Target atoms: {amplitude.Length} differences of amplitude and {frequency.Length} of frequency were given — one of each for every latent is expected.", nameof(amplitude));
        double[] scores = Scores(amplitude, frequency);
        double leastScore = Criterion == AtomCriterion.Amplitude ? double.NegativeInfinity : ValueAtPlace(scores);
        double leastAmplitude = Criterion == AtomCriterion.Frequency ? double.NegativeInfinity : ValueAtPlace(amplitude);
        var kept = new bool[amplitude.Length];
        for (int j = 0; j < kept.Length; j++)
            kept[j] = Reaches(scores[j], leastScore) && Reaches(amplitude[j], leastAmplitude) && !(Strict && scores[j] == 0);
        return kept;
    }

    private bool Reaches(double value, double least) => (OneSided ? value : Math.Abs(value)) >= least && !(OneSided && value < 0);

    private static double[] Scores(ReadOnlySpan<double> amplitude, ReadOnlySpan<int> frequency)
    {
        double[] counts = new double[frequency.Length];
        for (int j = 0; j < counts.Length; j++)
            counts[j] = frequency[j];
        double[] a = SignedMinMax(amplitude), f = SignedMinMax(counts);
        for (int j = 0; j < f.Length; j++)
            f[j] = a[j] * f[j] > 0 ? f[j] : 0;
        return f;
    }

    // The smallest magnitude maps to exactly 0, and so never agrees with anything. Where all magnitudes are equal the published code divides 0 by 0; all map to 0 here, as in EasyEdit2.
    private static double[] SignedMinMax(ReadOnlySpan<double> values)
    {
        double least = double.PositiveInfinity, most = 0;
        foreach (double value in values)
            (least, most) = (Math.Min(least, Math.Abs(value)), Math.Max(most, Math.Abs(value)));
        double[] scaled = new double[values.Length];
        for (int j = 0; j < scaled.Length && most > least; j++)
            scaled[j] = Math.Sign(values[j]) * (Math.Abs(values[j]) - least) / (most - least);
        return scaled;
    }

    // Places count from 0, so that one latent more than ⌊keep · F⌋ reaches the value, and any that tie with it.
    private double ValueAtPlace(ReadOnlySpan<double> values)
    {
        double[] magnitudes = new double[values.Length];
        for (int j = 0; j < magnitudes.Length; j++)
            magnitudes[j] = Math.Abs(values[j]);
        Array.Sort(magnitudes);
        return magnitudes[^(Math.Min((int)(KeepFraction * values.Length), values.Length - 1) + 1)];
    }
}
