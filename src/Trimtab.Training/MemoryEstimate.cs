using System.Globalization;
using Trimtab.Models;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Training.Prevention;

namespace Trimtab.Training;

/// <summary>
/// The memory that a training step takes, known before it is made. Activations and their gradients are measured on two short texts: they grow with the tokens of a pass along a
/// straight line, since attention keeps no scores.
/// </summary>
/// <param name="ValueBytes">The trained values, their gradients and the optimiser's two memories.</param>
/// <param name="PassBytes">The activations of one pass and their gradients.</param>
/// <param name="PackedBytes">The frozen weights as they are laid out for products.</param>
public sealed record MemoryEstimate(long ValueBytes, long PassBytes, long PackedBytes)
{
    private const int Short = 16, Long = 48;

    /// <summary>All of it. The files of a frozen model are not counted: their pages can be let go.</summary>
    public long TotalBytes => ValueBytes + PassBytes + PackedBytes;

    /// <summary>Measures the estimate: two passes over a few tokens, forth and back, with dropout, plan and penalty as in training. Gradients are cleared behind it.</summary>
    /// <param name="model">The view that holds the trained values.</param>
    /// <param name="parameters">The trained values.</param>
    /// <param name="passTokens">The tokens of the largest pass.</param>
    /// <param name="penalty">What the loss grows by; null for nothing.</param>
    public static MemoryEstimate Of(LoadedModel model, IReadOnlyList<Parameter> parameters, int passTokens, CompiledPenalty? penalty = null)
    {
        long fewer = BytesOfPass(model, penalty, Short), more = BytesOfPass(model, penalty, Long);
        foreach (var parameter in parameters)
            parameter.ClearGradient();
        double perToken = (double)(more - fewer) / (Long - Short);
        return new MemoryEstimate(4 * parameters.Sum(parameter => parameter.Value.ByteCount), (long)(fewer + perToken * Math.Max(passTokens - Short, 0)), model.Packing.ByteCount);
    }

    /// <summary>Throws where the step does not fit.</summary>
    /// <param name="passTokens">The tokens of the largest pass, as estimated for.</param>
    /// <param name="availableBytes">What the machine can give.</param>
    /// <param name="lower">What can be lowered to the number of tokens that fits, for the message.</param>
    /// <exception cref="TrainingException">Says which number to lower, and to what.</exception>
    public void RequireFits(int passTokens, long availableBytes, string lower = "the tokens of a pass (--pass-tokens), and the longest text (--max-tokens) with them,")
    {
        if (TotalBytes <= availableBytes)
            return;
        long left = availableBytes - ValueBytes - PackedBytes, tokens = left > 0 ? left * passTokens / PassBytes : 0;
        throw new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"Training: a pass of {passTokens} tokens takes about {Gigabytes(TotalBytes)} (trained values {Gigabytes(ValueBytes)}, activations {Gigabytes(PassBytes)}, weights {Gigabytes(PackedBytes)}), and this machine has {Gigabytes(availableBytes)}. ")
            + (tokens >= 1 ? $"Lower {lower} to about {tokens}." : "The values alone do not fit: train a LoRA adapter, lower its rank, or take a smaller model."));
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F2} GB");

    private static long BytesOfPass(LoadedModel model, CompiledPenalty? penalty, int tokens)
    {
        using var run = new LossRun(model);
        // The prompt is one token, so that edits of the prompt meet one, and those of what follows it nearly all.
        LossText[] texts = [LossText.Whole([.. Enumerable.Range(0, tokens).Select(i => i % model.Config.VocabularySize)]) with { PromptLength = 1 }];
        float weight = 1f / (tokens - 1);
        var added = penalty?.Over(texts, weight, CancellationToken.None);
        var loss = run.Loss(texts, weight, added is null ? null : [added], trainingPass: 0);
        (added is null ? loss : loss.Add(added.Loss!)).Backward();
        return run.UsedBytes;
    }
}
