using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering.Sae;

/// <summary>What a check measures, and where.</summary>
public sealed record SaeCheckOptions
{
    /// <summary>The hook point whose rows are encoded; the one that the file claims, where null.</summary>
    public HookPoint? At { get; init; }

    /// <summary>
    /// Leave the first token of every text out: it is neither measured nor replaced. Default true: its row is many times longer than any other, autoencoders are
    /// trained without it, and it alone would decide the variance.
    /// </summary>
    public bool SkipsFirstToken { get; init; } = true;

    /// <summary>About how many tokens go through the model at once.</summary>
    public int PassTokens { get; init; } = 2048;
}

/// <summary>
/// Judges whether a sparse autoencoder fits a model, by what it does to the model's own rows over some texts: how many latents are active, how much of the rows'
/// variance it misses, and how much of the model's loss comes back when its reconstruction takes the place of the rows, measured against zeros in their place. A
/// wrong layer, normalisation or model gives numbers, never an error, wherever sizes happen to fit: hence this.
/// </summary>
public sealed class SaeCheck
{
    private readonly LoadedModel _model;
    private readonly SparseAutoencoder _sae;
    private readonly SaeCheckOptions _options;

    /// <summary>A check of an autoencoder on a model.</summary>
    /// <exception cref="SteeringException">
    /// The hook point is not known or does not exist, its width is another, the model is steered, or it is a transcoder, whose output is not its input's place.
    /// </exception>
    public SaeCheck(LoadedModel model, SparseAutoencoder sae, SaeCheckOptions? options = null)
    {
        (_model, _sae, _options) = (model, sae, options ?? new SaeCheckOptions());
        sae.RequireAutoencoder("Autoencoder check");
        if (model.Steering is not null)
            throw new SteeringException("Autoencoder check: the model is steered, and the loss without the autoencoder would be another model's. Give the model itself.");
        At = sae.RequireFit(model, _options.At);
    }

    /// <summary>Where rows are encoded.</summary>
    public HookPoint At { get; }

    /// <summary>Runs the texts through the model three times: as it is, with the reconstruction in place of the rows, and with zeros.</summary>
    /// <param name="texts">The texts; those of one token are passed over. Rows are measured at all tokens, losses at those that have one.</param>
    /// <param name="progress">Told how many texts went through, of three times their number.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">No text has two tokens.</exception>
    public SaeReport Run(IReadOnlyList<LossText> texts, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var statistics = new ReconstructionStatistics(_sae);
        int done = 0;
        double Loss(Func<Tensor, Tensor>? replace)
        {
            using var run = new LossRun(replace is null ? _model : _model.With(new Replacement(At, _options.SkipsFirstToken, replace)));
            return run.MeanLoss(texts.Select(text =>
            {
                progress?.Report(++done);
                return text;
            }), _options.PassTokens, cancellation);
        }
        double clean = Loss(null), reconstructed = Loss(statistics.Reconstruct), zeroed = Loss(Zeros);
        return statistics.Report(At, texts.Count(text => text.Ids.Length > 1)) with { CleanLoss = clean, ReconstructedLoss = reconstructed, ZeroedLoss = zeroed };
    }

    private static Tensor Zeros(Tensor rows)
    {
        var zeros = rows.NewLike(rows.Shape);
        zeros.Values.Clear();
        return zeros;
    }

    /// <summary>Other rows in place of those at one hook point.</summary>
    private sealed class Replacement(HookPoint at, bool skipsFirst, Func<Tensor, Tensor> replace) : ISteering, IRowEdit
    {
        // Nothing is cached under it: the passes of a loss take whole texts.
        public string Fingerprint => $"autoencoder check at {at}";

        public IReadOnlyList<IRowEdit> Edits => [this];

        public HookPoint At => at;

        public string Description => $"the replacement of the rows at {at}";

        public bool Selects(int position, int promptLength) => !skipsFirst || position > 0;

        public Tensor Apply(Tensor rows) => replace(rows);
    }
}
