using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Training.Data;

namespace Trimtab.Training.Sae;

/// <summary>How activations are read and mixed.</summary>
public sealed record ActivationStoreOptions
{
    /// <summary>Batches drawn from one filling of the buffer. With the tokens that the texts of a filling have, it decides how many rows a batch has. Default 16.</summary>
    public int BatchesPerFilling
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Activations: {value} batches for each filling were asked for — at least one is needed.", nameof(value));
    } = 16;

    /// <summary>Leaves the first token of every text out. Its activations are many times as long as all others in most models, and say nothing. Default true.</summary>
    public bool SkipFirst { get; init; } = true;

    /// <summary>About how many tokens go through the model at once.</summary>
    public int PassTokens { get; init; } = 4096;

    /// <summary>Decides the order of rows.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// Activations of a model in batches of rows from many texts. A buffer is filled with the rows of some texts, each in a random place, and handed out piece by piece; then it is filled anew. Memory is that of one filling, and a
/// batch follows from its number alone, so that a training run is resumed anywhere to the same bits.
/// </summary>
/// <param name="model">The model, or a view of it.</param>
/// <param name="texts">The texts of each filling: what the stream calls a step. Which tokens have a loss plays no part.</param>
/// <param name="points">Where activations are read; several autoencoders share one pass.</param>
/// <param name="options">How they are mixed.</param>
public sealed class ActivationStore(LoadedModel model, ITextStream texts, IReadOnlyList<HookPoint> points, ActivationStoreOptions options)
{
    private Dictionary<HookPoint, Tensor> _rows = [];
    private long _filling = -1;

    /// <summary>Where activations are read.</summary>
    public IReadOnlyList<HookPoint> Points => points;

    /// <summary>D, the width of the rows at a hook point.</summary>
    public int WidthAt(HookPoint at) => model.WidthAt(at);

    /// <summary>Identifies model, texts and order, so that a run is not resumed on others.</summary>
    public string Fingerprint => $"{model.Fingerprint} {model.Steering?.Fingerprint} {texts.Fingerprint} {options with { PassTokens = 1 }}";

    /// <summary>The rows of a batch at a hook point, [N, D]; valid until a batch of another filling is asked for.</summary>
    /// <param name="number">The batch, from 0.</param>
    /// <param name="at">One of the store's points.</param>
    /// <param name="cancellation">Ends the reading between layers.</param>
    /// <exception cref="TrainingException">The texts of a filling have fewer rows than batches are to be made of.</exception>
    public Tensor Batch(long number, HookPoint at, CancellationToken cancellation = default)
    {
        var (filling, batch) = Math.DivRem(number, options.BatchesPerFilling);
        if (filling != _filling)
            Fill(filling, cancellation);
        var rows = _rows[at];
        int start = (int)(batch * rows.RowCount / options.BatchesPerFilling), end = (int)((batch + 1) * rows.RowCount / options.BatchesPerFilling);
        return rows.Slice(start, end - start);
    }

    private void Fill(long filling, CancellationToken cancellation)
    {
        _filling = -1;
        var read = texts.TextsOf(filling);
        int count = read.Sum(RowsOf);
        if (count < options.BatchesPerFilling)
            throw new TrainingException($"Activations: the texts of filling {filling} have {count} rows, too few for {options.BatchesPerFilling} batches. Give longer texts, or fewer batches for each filling.");
        if (_rows.Count == 0 || _rows.Values.First().RowCount != count)
            _rows = points.Distinct().ToDictionary(point => point, point => Tensor.Zeros(new Shape(count, model.WidthAt(point))));
        int[] places = Permutation.Of(count, options.Seed, checked((int)filling));
        int first = 0;
        foreach (var part in LossText.InPasses(read.Select(text => LossText.Whole(text.Ids)), options.PassTokens))
        {
            Read(part, places.AsMemory(first), cancellation);
            first += part.Sum(RowsOf);
        }
        _filling = filling;
    }

    private int RowsOf(LossText text) => Math.Max(0, text.Ids.Length - (options.SkipFirst ? 1 : 0));

    private void Read(IReadOnlyList<LossText> part, Memory<int> places, CancellationToken cancellation)
    {
        Sequence[] sequences = [.. part.Select(text => new Sequence(text.Ids, text.PromptLength, model.Steering))];
        bool needsEnd = points.Any(point => point.Site is Site.FinalNorm or Site.Logits);
        using var run = new ModelRun(model, sequences, [new Scatter(_rows, sequences, options.SkipFirst ? 1 : 0, places)], needsEnd ? null : points.MaxBy(point => (point.Layer, point.Site))) { ChunkSize = options.PassTokens };
        run.Forward(needsEnd ? LogitRows.All : LogitRows.None, cancellation: cancellation);
    }

    // Puts every row in its place of the buffer, straight from the pass.
    private sealed class Scatter : IActivationSink
    {
        private readonly Dictionary<HookPoint, Tensor> _rows;
        private readonly Dictionary<Sequence, int> _firstPlace = [];
        private readonly Memory<int> _places;
        private readonly int _skipped;

        public Scatter(Dictionary<HookPoint, Tensor> rows, Sequence[] sequences, int skipped, Memory<int> places)
        {
            (_rows, _places, _skipped) = (rows, places, skipped);
            int first = 0;
            foreach (var sequence in sequences)
            {
                _firstPlace.Add(sequence, first);
                first += Math.Max(0, sequence.Ids.Count - skipped);
            }
        }

        public IReadOnlyCollection<HookPoint> Points => _rows.Keys;

        public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
        {
            var target = _rows[at];
            var places = _places.Span;
            foreach (var span in rows)
                for (int i = Math.Max(0, _skipped - span.FirstPosition); i < span.Count; i++)
                    activation.Row(span.FirstRow + i).CopyTo(target.Row(places[_firstPlace[span.Sequence] + span.FirstPosition + i - _skipped]));
        }
    }
}
