using System.Text.Json.Serialization;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>A latent that was kept, and why.</summary>
/// <param name="Latent">Its number.</param>
/// <param name="AmplitudeDifference">Δa, its mean activation on wanted minus that on unwanted answers.</param>
/// <param name="PositiveFrequency">The wanted answers on which it fires.</param>
/// <param name="NegativeFrequency">The unwanted answers on which it fires.</param>
public sealed record TargetAtom(int Latent, double AmplitudeDifference, int PositiveFrequency, int NegativeFrequency);

/// <summary>What <see cref="TargetAtoms"/> finds.</summary>
/// <param name="Vector">The steering vector, at the autoencoder's hook point.</param>
/// <param name="Atoms">The atoms in it, by falling |Δa|.</param>
/// <param name="MeanDifference">v_CAA of the same answers, [D], which gives the vector its length.</param>
public sealed record TargetAtomsFit(SteeringVector Vector, IReadOnlyList<TargetAtom> Atoms, Tensor MeanDifference);

/// <summary>
/// Steering target atoms (STA, Wang et al. 2025, arXiv 2505.20322): contrasting answers through a sparse autoencoder, the latents that differ in frequency and amplitude kept (<see cref="AtomSelection"/>), and their
/// differences decoded: v = Σ Δaⱼ W_dec[j], as long as the mean difference of the same answers. At the autoencoder's hook point. Keeping all gives the plain difference of latents.
/// </summary>
[SteeringMethod("target-atoms", Paper = "https://arxiv.org/abs/2505.20322")]
public sealed record TargetAtoms : ISteeringMethod
{
    private readonly double? _kept, _trimmed;

    /// <summary>The sparse autoencoder: its folder or file.</summary>
    public string? Sae { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.Format"/>.</summary>
    public string? Format { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.K"/>.</summary>
    public int? K { get; init; }

    /// <summary>See <see cref="SaeLoadOptions.InputScale"/>.</summary>
    public float? InputScale { get; init; }

    /// <summary>Where it reads, such as blocks.3.resid_post; null for what its file says.</summary>
    public string? At { get; init; }

    /// <summary>See <see cref="AtomSelection.KeepFraction"/>.</summary>
    /// <exception cref="ArgumentException"><see cref="Trims"/> is given as well.</exception>
    public double KeepFraction
    {
        get => _kept ?? 1 - _trimmed ?? new AtomSelection().KeepFraction;
        init => _kept = _trimmed is null ? value : throw Both();
    }

    /// <summary>EasyEdit2's name for 1 − <see cref="KeepFraction"/>, which it sets.</summary>
    /// <exception cref="ArgumentException"><see cref="KeepFraction"/> is given as well.</exception>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Trims
    {
        get => null;
        init => _trimmed = value is null || _kept is null ? value : throw Both();
    }

    /// <summary>See <see cref="AtomSelection.Criterion"/>.</summary>
    public AtomCriterion Criterion { get; init; }

    /// <summary>See <see cref="AtomSelection.Strict"/>.</summary>
    public bool Strict { get; init; }

    /// <summary>See <see cref="AtomSelection.OneSided"/>.</summary>
    public bool OneSided { get; init; }

    /// <summary>Adds the decoder's bias to the decoded difference, as the paper writes it and the published code does not.</summary>
    public bool AddDecoderBias { get; init; }

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <inheritdoc/>
    /// <exception cref="SteeringException">No autoencoder is given, it does not fit the model, or nothing is kept.</exception>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        using var sae = SparseAutoencoder.Load(Sae ?? throw new SteeringException("Target atoms: no sparse autoencoder is given. Name its folder or file (sae)."),
            new SaeLoadOptions { Format = Format, K = K, InputScale = InputScale });
        return Find(model, sae, data, progress, cancellation).Vector;
    }

    /// <summary>Fits with an autoencoder that is loaded already, and says which atoms are in the vector.</summary>
    /// <inheritdoc cref="Fit"/>
    public TargetAtomsFit Find(LoadedModel model, SparseAutoencoder sae, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var selection = new AtomSelection { KeepFraction = KeepFraction, Criterion = Criterion, Strict = Strict, OneSided = OneSided };
        var reading = AtomReading.Of(this, model, sae, At, data, Form, progress, cancellation);
        var statistics = reading.Latents.Statistics;
        double[] amplitude = statistics.AmplitudeDifference;
        bool[] kept = selection.Select(amplitude, statistics.FrequencyDifference);
        int[] atoms = [.. Enumerable.Range(0, kept.Length).Where(latent => kept[latent] && amplitude[latent] != 0).OrderByDescending(latent => Math.Abs(amplitude[latent]))];
        // The decoder's bias alone would be a direction too, of the autoencoder and not of the answers.
        if (atoms.Length == 0)
            throw AtomReading.NothingKept();
        double[] direction = AddDecoderBias ? Array.ConvertAll(sae.DecoderBias.Values.ToArray(), value => (double)value) : new double[sae.OutputWidth];
        foreach (int atom in atoms)
        {
            var row = sae.DecoderRow(atom).Values;
            for (int i = 0; i < row.Length; i++)
                direction[i] += amplitude[atom] * row[i];
        }
        return new TargetAtomsFit(reading.AsLongAsMeanDifference(direction), [.. atoms.Select(atom => new TargetAtom(atom, amplitude[atom], statistics.PositiveFrequency[atom], statistics.NegativeFrequency[atom]))],
            reading.Latents.MeanDifference);
    }

    private static ArgumentException Both() => new("Target atoms: keep-fraction and trims are both given — each is 1 minus the other. Give one of them.");
}
