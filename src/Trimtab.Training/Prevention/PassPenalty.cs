using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Training.Prevention;

/// <summary>What a penalty adds to the loss of one training pass; known once the pass has met the hook point.</summary>
/// <param name="at">Where the rows are read.</param>
/// <param name="texts">The texts of the pass.</param>
/// <param name="unit">v̂ [D].</param>
/// <param name="before">h₀ · v̂ of the rows that count, in the order of texts and tokens.</param>
/// <param name="weight">What a squared unit of a row costs.</param>
internal sealed class PassPenalty(HookPoint at, IReadOnlyList<LossText> texts, Tensor unit, Tensor before, float weight) : IActivationSink
{
    /// <inheritdoc/>
    public IReadOnlyCollection<HookPoint> Points { get; } = [at];

    /// <summary>weight · Σ ((h − h₀) · v̂)², as a tensor [1] with a way back.</summary>
    public Tensor? Loss { get; private set; }

    /// <summary>Whether the row of a token counts: whether the token has a loss, which the first never has.</summary>
    public static bool Counts(LossText text, int position) => position > 0 && text.HasLoss[position];

    /// <inheritdoc/>
    public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
    {
        if (!activation.WantsGradient)
            throw new TrainingException($"Penalty: nothing that is trained lies before {at}, so nothing can move there. Choose a later block, or train earlier layers.");
        // The rows of a pass are its texts, one after the other and whole.
        int[] counted = [.. rows.Zip(texts).SelectMany(pair => Enumerable.Range(0, pair.First.Count).Where(i => Counts(pair.Second, i)).Select(i => pair.First.FirstRow + i))];
        var moved = activation.TakeRows(counted).RowDot(unit).Add(before.Scale(-1));
        Loss = moved.Reshape(new Shape(1, counted.Length)).RowDot(moved).Scale(weight);
    }
}
