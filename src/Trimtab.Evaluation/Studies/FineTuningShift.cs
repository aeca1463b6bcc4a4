using System.Numerics.Tensors;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;

namespace Trimtab.Evaluation.Studies;

/// <summary>
/// How far fine-tuning moved a model along a direction before a word is said: s = mean (h′ − h) · v̂ over prompts, with h and h′ the rows of the prompt's last token before and after, and v̂ = v/‖v‖
/// (the finetuning shift of Chen et al. 2025, arXiv 2507.21509, section 4).
/// </summary>
/// <param name="At">Where the rows were read.</param>
/// <param name="Along">s, in units of the residual stream, with its interval over prompts.</param>
/// <param name="Length">‖mean (h′ − h)‖: how far it moved at all.</param>
/// <param name="Cosine">How much of that lies along v: s / length, −1 to 1; 0 where nothing moved.</param>
public sealed record FineTuningShift(HookPoint At, Estimate Along, double Length, double Cosine)
{
    /// <summary>Measures the shift between two forms of a model.</summary>
    /// <param name="before">The model before.</param>
    /// <param name="after">The same model with an adapter, or after other training.</param>
    /// <param name="prompts">Conversations that end before the assistant's answer; at least one.</param>
    /// <param name="vector">Holds v.</param>
    /// <param name="at">The hook point of v, where rows are read.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="ArgumentException">There are no prompts.</exception>
    /// <exception cref="SteeringException">The vector has no direction there, a zero one, or belongs to another model.</exception>
    public static FineTuningShift Measure(LoadedModel before, LoadedModel after, IEnumerable<Chat> prompts, SteeringVector vector, HookPoint at, CancellationToken cancellation = default)
    {
        List<EncodedExample> examples = [.. prompts.Select(prompt => before.EncodeChat(prompt)).Select(ids => new EncodedExample(ids, ids.Length))];
        if (examples.Count == 0)
            throw new ArgumentException("Shift: there are no prompts. At least one is needed.", nameof(prompts));
        VectorCompatibility.Require(vector.Only(at), before);
        if (vector.Norm(at) == 0)
            throw new SteeringException($"Shift: {vector.Name} is zero at {at}, so nothing lies along it. Use another layer.");
        var (first, second) = (Rows(before, examples, at, cancellation), Rows(after, examples, at, cancellation));
        double[][] moved = [.. Enumerable.Range(0, examples.Count).Select(i => Difference(second.Row(i), first.Row(i)))];
        double[] mean = [.. Enumerable.Range(0, vector.Dimension).Select(i => moved.Average(row => row[i]))];
        var along = Estimate.OfMean([.. moved.Select(row => Dot(row, vector[at].Values) / vector.Norm(at))]);
        double length = TensorPrimitives.Norm<double>(mean);
        return new FineTuningShift(at, along, length, length > 0 ? along.Value / length : 0);
    }

    private static Tensor Rows(LoadedModel model, List<EncodedExample> examples, HookPoint at, CancellationToken cancellation) =>
        new PooledActivations().Read(model, examples, TokenRule.LastPromptToken, [at], null, cancellation)[at];

    private static double[] Difference(ReadOnlySpan<float> after, ReadOnlySpan<float> before)
    {
        double[] difference = new double[after.Length];
        for (int i = 0; i < difference.Length; i++)
            difference[i] = (double)after[i] - before[i];
        return difference;
    }

    private static double Dot(double[] row, ReadOnlySpan<float> direction)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
            sum += row[i] * direction[i];
        return sum;
    }
}
