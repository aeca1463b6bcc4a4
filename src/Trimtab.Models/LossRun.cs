using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models;

/// <summary>
/// Whole texts through a model for the sake of their loss: the same pass as generation makes, steering included, over many texts at once. Where the model holds trained
/// values the loss has a way back to them. Its memory serves batch after batch.
/// </summary>
/// <param name="model">The model, or a view of it: with an adapter, over trained weights, steered.</param>
/// <param name="backend">What computes; the model's own by default.</param>
public sealed class LossRun(LoadedModel model, Backend? backend = null) : IDisposable
{
    private readonly Workspace _workspace = new(backend ?? model.Backend);
    private readonly KeyValueBlocks _keysAndValues = new();

    /// <summary>The bytes that the last pass, and what was sent back through it, took.</summary>
    public long UsedBytes => _workspace.UsedBytes;

    /// <summary>
    /// scale · Σ cross-entropy of the tokens that have a loss, as a tensor [1], valid until the next call. Rows without a loss get no logits, since those are the largest
    /// product of a small model.
    /// </summary>
    /// <param name="texts">The texts; at least one token has a loss.</param>
    /// <param name="scale">The weight of a token: 1 / (their number) for the mean.</param>
    /// <param name="sinks">Receive activations.</param>
    /// <param name="trainingPass">The number of a training pass, which decides what an adapter's dropout leaves out; null, and nothing is left out.</param>
    /// <param name="cancellation">Ends the pass between layers.</param>
    /// <exception cref="ArgumentException">No token has a loss.</exception>
    public Tensor Loss(IReadOnlyList<LossText> texts, float scale, IEnumerable<IActivationSink>? sinks = null, long? trainingPass = null, CancellationToken cancellation = default)
    {
        var sequences = texts.Select(text => new Sequence(text.Ids, text.PromptLength, model.Steering)).ToArray();
        var rows = new List<SequenceRows>();
        var wanted = new List<SequenceRows>();
        var targets = new List<int>();
        int first = 0;
        foreach (var (text, sequence) in texts.Zip(sequences))
        {
            rows.Add(new SequenceRows(sequence, first, text.Ids.Length, 0));
            first += text.Ids.Length;
            foreach (var (start, count) in text.PredictingRows())
            {
                wanted.Add(new SequenceRows(sequence, targets.Count, count, start));
                targets.AddRange(text.Ids.AsSpan(start + 1, count));
            }
        }
        if (targets.Count == 0)
            throw new ArgumentException("Loss: no token of the texts has a loss. Mark at least one behind the first of its text.", nameof(texts));
        ConditionPass.Decide(model, sequences, rows.Sum(span => span.Count), _workspace.Backend, cancellation);
        _workspace.Reset();
        var pass = new Pass(_workspace, _keysAndValues, rows, new HookTable(model.LayerCount, sequences, sinks), cancellation);
        return Logits(pass, wanted, trainingPass).CrossEntropyLoss(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(targets), scale);
    }

    /// <summary>The mean cross-entropy, in nats, of all tokens of some texts that have a loss; e to its power is the perplexity.</summary>
    /// <param name="texts">The texts; those without a loss are passed over.</param>
    /// <param name="passTokens">About how many tokens go through the model at once.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">No token has a loss.</exception>
    public double MeanLoss(IEnumerable<LossText> texts, int passTokens = 4096, CancellationToken cancellation = default)
    {
        double sum = 0;
        long count = 0;
        foreach (var pass in LossText.InPasses(texts, passTokens))
        {
            int lossTokens = pass.Sum(text => text.LossCount);
            sum += (double)Loss(pass, 1f / lossTokens, cancellation: cancellation).Values[0] * lossTokens;
            count += lossTokens;
        }
        return count > 0 ? sum / count : throw new ArgumentException("Loss: no token of the texts has a loss. Mark at least one behind the first of its text.", nameof(texts));
    }

    // Dropout waits until gates have decided, and ends with the pass even where that fails: whoever runs the adapter next is not to miss inputs.
    private Tensor Logits(Pass pass, IReadOnlyList<SequenceRows> wanted, long? trainingPass)
    {
        var dropout = trainingPass is null ? null : model.Adapter?.Dropout;
        dropout?.Begin(trainingPass!.Value);
        try
        {
            return model.Decoder.Forward(pass, wanted)!;
        }
        finally
        {
            dropout?.End();
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _workspace.Dispose();
        _keysAndValues.Dispose();
    }
}

/// <summary>A text and which of its tokens are to be predicted.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="HasLoss">For each token whether the loss counts how well it was predicted; the first never is.</param>
/// <param name="PromptLength">How many tokens are the prompt, for edits that tell it from the response.</param>
public sealed record LossText(int[] Ids, bool[] HasLoss, int PromptLength)
{
    /// <summary>The text of which every token but the first has a loss.</summary>
    public static LossText Whole(int[] ids) => new(ids, [.. Enumerable.Repeat(true, ids.Length)], ids.Length);

    /// <summary>Texts that have a loss, in their order, as many at a time as a number of tokens allows; a single longer one goes alone.</summary>
    public static IEnumerable<IReadOnlyList<LossText>> InPasses(IEnumerable<LossText> texts, int tokens)
    {
        var pass = new List<LossText>();
        int taken = 0;
        foreach (var text in texts.Where(text => text.LossCount > 0))
        {
            if (pass.Count > 0 && taken + text.Ids.Length > tokens)
            {
                yield return pass;
                (pass, taken) = ([], 0);
            }
            pass.Add(text);
            taken += text.Ids.Length;
        }
        if (pass.Count > 0)
            yield return pass;
    }

    /// <summary>The number of tokens that have a loss.</summary>
    public int LossCount => HasLoss.Skip(1).Count(has => has);

    /// <summary>Whether a pass for the loss of the text meets a token that an edit selects. Rows without a loss get no logits, so an edit there passes them over.</summary>
    /// <param name="edit">The edit, whatever its gate decides.</param>
    public bool Meets(IRowEdit edit) => Enumerable.Range(0, Ids.Length).Any(position =>
        edit.Selects(position, PromptLength) && (edit.At != HookPoint.Logits || (position + 1 < Ids.Length && HasLoss[position + 1])));

    /// <summary>The last stretch of tokens that have a loss: in a chat the last answer. The first token of a text is never part of it.</summary>
    /// <exception cref="InvalidOperationException">No token has a loss.</exception>
    public (int First, int Count) LastStretch()
    {
        int end = Array.FindLastIndex(HasLoss, has => has), first = end;
        if (end < 1)
            throw new InvalidOperationException("Loss: no token of the text has a loss, so there is no last stretch of them.");
        while (first > 1 && HasLoss[first - 1])
            first--;
        return (first, end - first + 1);
    }

    /// <summary>The stretches of rows whose next token has a loss.</summary>
    internal IEnumerable<(int Start, int Count)> PredictingRows()
    {
        for (int start = 0, end; start < Ids.Length - 1; start = end + 1)
        {
            for (end = start; end < Ids.Length - 1 && HasLoss[end + 1]; end++) { }
            if (end > start)
                yield return (start, end - start);
        }
    }
}
