using System.Numerics.Tensors;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Training.Sae;

/// <summary>
/// Keeps the k largest activations: of each row (TopK, Gao et al. 2024, arXiv 2406.04093), or k · N of a batch of N rows (BatchTopK, Bussmann et al. 2024, arXiv 2412.06410). With groups, nested prefixes of the
/// latents must each reconstruct alone (Matryoshka, Bussmann et al. 2025, arXiv 2503.17547), so that early latents stay general. Loss: FVU, the mean over the groups, plus the auxiliary loss of dead latents.
/// </summary>
public sealed record TopKRecipe : SaeRecipe
{
    /// <summary>k. Default 32.</summary>
    public int K
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"SAE: k is {value} — at least one latent must be active.", nameof(value));
    } = 32;

    /// <summary>Chooses among all rows of a batch rather than in each.</summary>
    public bool PerBatch { get; init; }

    /// <summary>k at the start, falling to <see cref="K"/> along a straight line; 0 for no annealing.</summary>
    public int StartK { get; init; }

    /// <summary>Over how many steps k falls.</summary>
    public long AnnealingSteps { get; init; } = 1000;

    /// <summary>The sizes of the nested groups, in latents; they add up to the number of latents. Empty for one group of all.</summary>
    public IReadOnlyList<int> Groups { get; init; } = [];

    /// <summary>α, the weight of the auxiliary loss: dead latents alone reconstruct what the living ones leave (Gao et al., A.2). Default 1/32.</summary>
    public double AuxiliaryWeight { get; init; } = 1.0 / 32;

    /// <summary>How many dead latents of a row the auxiliary loss takes; 0 for half the width.</summary>
    public int AuxiliaryK { get; init; }

    internal override string Identity => $"{this with { Groups = [] }} {string.Join('+', Groups)}";

    internal override SaeObjective Objective(SaeParameters weights)
    {
        if (K > weights.LatentCount || StartK > weights.LatentCount)
            throw new ArgumentException($"SAE: k is {Math.Max(K, StartK)}, but there are {weights.LatentCount} latents. Lower k, or ask for more latents.");
        if (Groups.Count > 0 && (Groups.Any(size => size < 1) || Groups.Sum() != weights.LatentCount))
            throw new ArgumentException($"SAE: the groups have {string.Join(" + ", Groups)} latents — positive sizes that add up to {weights.LatentCount} are needed.");
        return new TopKObjective(this, weights);
    }

    internal int KAt(long step) => StartK <= K || step >= AnnealingSteps ? K : (int)Math.Round(StartK + (K - StartK) * (double)step / AnnealingSteps);
}

/// <summary>The loss of <see cref="TopKRecipe"/>.</summary>
internal sealed class TopKObjective : SaeObjective
{
    // How fast the threshold that serves in place of the batch follows the smallest activation kept.
    private const float ThresholdRate = 0.01f;

    private readonly TopKRecipe _recipe;
    private readonly int[] _ends;
    private readonly Tensor? _threshold;

    public TopKObjective(TopKRecipe recipe, SaeParameters weights) : base(weights)
    {
        _recipe = recipe;
        int end = 0;
        _ends = recipe.Groups.Count == 0 ? [weights.LatentCount] : [.. recipe.Groups.Select(size => end += size)];
        _threshold = recipe.PerBatch ? Tensor.Zeros(new Shape(1)) : null;
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State => _threshold is null ? [] : [("threshold", _threshold)];

    public override SaeKind Kind(float scale)
    {
        SaeKind kind = _threshold is null ? new TopK(_recipe.K) : new BatchTopK(_recipe.K, _threshold.Values[0] / scale);
        return _recipe.Groups.Count == 0 ? kind : new Matryoshka(kind, [.. _recipe.Groups]);
    }

    public override SaeLoss Compute(SaeBatch batch, LatentActivity activity, long step)
    {
        var centred = batch.Minus(Weights.DecoderBias);
        var latents = Encode(centred);
        int deadCount = activity.DeadCount;
        var dead = _recipe.AuxiliaryWeight > 0 && deadCount > 0 ? Dead(latents, activity) : null;
        Choose(latents, _recipe.KAt(step));
        var code = new SparseCode(latents);
        activity.Note(code);

        double scale = 1 / batch.Variation;
        var residuals = Residuals(batch, code);
        double fvu = residuals[^1].Squares * scale, loss = residuals.Average(residual => residual.Squares) * scale;
        double auxiliary = dead is null ? 0 : Revive(batch, dead, residuals[^1].Rows, centred, deadCount, scale);
        float[] gradients = Backward(code, [.. residuals.Select(residual => SquareGradient(residual.Rows, scale / residuals.Count))]);
        EncodeBackward(code, gradients, centred, "encoder_bias", centred: true);
        return new SaeLoss(loss + _recipe.AuxiliaryWeight * auxiliary, fvu, auxiliary, (double)code.Count / code.RowCount);
    }

    private void Choose(Tensor latents, int k)
    {
        if (_threshold is null)
        {
            KeepLargest.OfEachRow(latents, k);
            return;
        }
        float least = KeepLargest.OfAllRows(latents, k);
        ref float threshold = ref _threshold.Values[0];
        threshold = threshold == 0 ? least : threshold + ThresholdRate * (least - threshold);
    }

    // x̂ − x of every prefix of the latents.
    private List<(Tensor Rows, double Squares)> Residuals(SaeBatch batch, SparseCode code)
    {
        var residuals = new List<(Tensor, double)>();
        var decoded = batch.Filled(Weights.DecoderBias);
        int start = 0;
        foreach (int end in _ends)
        {
            code.AddDecoded(Weights.Decoder, decoded, start, end);
            var residual = end == _ends[^1] ? decoded : decoded.Copy();
            residuals.Add((residual, batch.ToResidual(residual)));
            start = end;
        }
        return residuals;
    }

    // A latent takes part in the prefix of its own group and in all longer ones.
    private float[] Backward(SparseCode code, Tensor[] gradients)
    {
        float[] values = new float[code.Count];
        for (int group = gradients.Length - 1; group >= 0; group--)
        {
            int start = group == 0 ? 0 : _ends[group - 1];
            if (group < gradients.Length - 1)
                TensorPrimitives.Add(gradients[group].Values, gradients[group + 1].Values, gradients[group].Values);
            code.Dots(gradients[group], Weights.Decoder, values, start, _ends[group]);
            code.AddOuter(code.Values, gradients[group], Weights.GradientOf("decoder"), start, _ends[group]);
        }
        SaeBatch.AddRowSums(gradients[0], Weights.GradientOf("decoder_bias").Values);
        return values;
    }

    // The largest dead latents of every row.
    private SparseCode Dead(Tensor latents, LatentActivity activity)
    {
        var dead = latents.Copy();
        for (int row = 0; row < dead.RowCount; row++)
            for (int latent = 0; latent < dead.Columns; latent++)
                if (!activity.IsDead(latent))
                    dead.Row(row)[latent] = 0;
        KeepLargest.OfEachRow(dead, AuxiliaryK);
        return new SparseCode(dead);
    }

    private int AuxiliaryK => _recipe.AuxiliaryK > 0 ? _recipe.AuxiliaryK : Weights.DecoderBias.Columns / 2;

    // min(dead/k, 1) · Σ‖ê − (x − x̂)‖² / Σ‖x − x̄‖², where ê holds b_dec as well, as in sparsify, and the living latents' error is taken as given.
    private double Revive(SaeBatch batch, SparseCode dead, Tensor residual, Tensor centred, int deadCount, double scale)
    {
        var decoded = Decode(batch, dead);
        TensorPrimitives.Add(decoded.Values, residual.Values, decoded.Values);
        double weight = Math.Min((double)deadCount / AuxiliaryK, 1) * scale, squares = 0;
        for (int row = 0; row < decoded.RowCount; row++)
            squares += TensorPrimitives.SumOfSquares<float>(decoded.Row(row));
        float[] gradients = DecodeBackward(dead, SquareGradient(decoded, weight * _recipe.AuxiliaryWeight));
        EncodeBackward(dead, gradients, centred, "encoder_bias", centred: true);
        return weight * squares;
    }
}
