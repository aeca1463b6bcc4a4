using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>How a scan looks for passages.</summary>
public sealed record FeatureScanOptions
{
    /// <summary>Where the autoencoder reads; null for what its file says.</summary>
    public HookPoint? At { get; init; }

    /// <summary>The passages of each latent.</summary>
    public int Passages { get; init; } = 12;

    /// <summary>Tokens of a passage before and after the one where the latent is largest.</summary>
    public int Context { get; init; } = 16;

    /// <summary>The tokens of each latent that are raised, and lowered, most.</summary>
    public int Tokens { get; init; } = 10;

    /// <summary>Leaves the first token of every text out, whose row is far longer than all others.</summary>
    public bool SkipsFirstToken { get; init; } = true;

    /// <summary>Texts that go through the model at once.</summary>
    public int TextsPerPass { get; init; } = 32;
}

/// <summary>
/// Looks at latents of a sparse autoencoder: where they fire, how often, and what they make the model say. Texts go through the model once; of every latent asked for the strongest passages are kept, one per text.
/// </summary>
public sealed class FeatureScan
{
    private readonly LoadedModel _model;
    private readonly SparseAutoencoder _sae;
    private readonly FeatureScanOptions _options;
    private readonly HookPoint _at;

    /// <summary>A scan of a model's texts through an autoencoder.</summary>
    /// <exception cref="SteeringException">The hook point is not known, or the autoencoder does not fit it.</exception>
    public FeatureScan(LoadedModel model, SparseAutoencoder sae, FeatureScanOptions? options = null)
    {
        (_model, _sae, _options) = (model, sae, options ?? new FeatureScanOptions());
        _at = sae.RequireFit(model, _options.At);
    }

    /// <summary>The latents that fire in a text, the strongest first: by their largest activation over its tokens.</summary>
    /// <param name="ids">The text.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    public IReadOnlyList<int> Strongest(int[] ids, int count, CancellationToken cancellation = default)
    {
        var largest = new Dictionary<int, float>();
        Read([ids], (_, latents, row, _) =>
        {
            for (int i = 0; i < latents.Indices(row).Length; i++)
                largest[latents.Indices(row)[i]] = Math.Max(largest.GetValueOrDefault(latents.Indices(row)[i]), latents.Values(row)[i]);
        }, cancellation);
        return [.. largest.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(count).Select(pair => pair.Key)];
    }

    /// <summary>Profiles of latents over some texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="latents">The latents asked for.</param>
    /// <param name="progress">Told how many texts went through.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">There is no such latent, or one comes twice.</exception>
    public IReadOnlyList<FeatureProfile> Run(IReadOnlyList<int[]> texts, IReadOnlyList<int> latents, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (latents.Any(latent => (uint)latent >= (uint)_sae.LatentCount) || latents.Distinct().Count() < latents.Count)
            throw new ArgumentException($"Feature scan: the latents {string.Join(", ", latents)} were asked for — latents are 0 … {_sae.LatentCount - 1}, each once.", nameof(latents));
        var seen = latents.ToDictionary(latent => latent, latent => new Seen(texts.Count));
        long rows = 0;
        Read(texts, (text, active, row, position) =>
        {
            rows++;
            foreach (var (latent, found) in seen)
                if (active.ValueOf(row, latent) is > 0 and var value)
                    found.Add(text, position, value);
            progress?.Report(text + 1);
        }, cancellation);
        var effect = new LogitEffect(_model);
        return [.. latents.Select(latent => Profile(latent, seen[latent], texts, rows, effect))];
    }

    private FeatureProfile Profile(int latent, Seen seen, IReadOnlyList<int[]> texts, long rows, LogitEffect effect)
    {
        var (raised, lowered) = _sae.OutputWidth == _model.Config.HiddenSize ? effect.Of(_sae.DecoderRow(latent), _options.Tokens) : ([], []);
        return new FeatureProfile(latent, rows > 0 ? (double)seen.Count / rows : 0, seen.Count > 0 ? seen.Sum / seen.Count : 0,
            [.. seen.Strongest(_options.Passages).Select(text => Passage(texts[text], seen.Of(text)))], raised, lowered);
    }

    private FeaturePassage Passage(int[] ids, Dictionary<int, float> values)
    {
        int peak = values.MaxBy(pair => pair.Value).Key, first = Math.Max(0, peak - _options.Context), end = Math.Min(ids.Length, peak + _options.Context + 1);
        var tokenizer = _model.RequireTokenizer();
        return new FeaturePassage([.. ids[first..end].Select(id => tokenizer.Decode([id]))], [.. Enumerable.Range(first, end - first).Select(position => values.GetValueOrDefault(position))], peak - first);
    }

    private void Read(IReadOnlyList<int[]> texts, Action<int, SparseLatents, int, int> each, CancellationToken cancellation)
    {
        foreach (var part in texts.Index().Chunk(_options.TextsPerPass))
        {
            Sequence[] sequences = [.. part.Select(text => new Sequence(text.Item))];
            var capture = new ActivationCapture([_at], (_, position) => position > 0 || !_options.SkipsFirstToken);
            using var run = new ModelRun(_model, sequences, [capture], stopAfter: _at);
            run.Forward(LogitRows.None, cancellation: cancellation);
            var latents = _sae.EncodeSparse(capture[_at]);
            var numbers = sequences.Index().ToDictionary(sequence => sequence.Item, sequence => part[sequence.Index].Index);
            foreach (var (row, token) in capture.Tokens(_at).Index())
                each(numbers[token.Sequence], latents, row, token.Position);
        }
    }

    // Where one latent fires: its values by text and position.
    private sealed class Seen(int texts)
    {
        private readonly Dictionary<int, float>?[] _values = new Dictionary<int, float>?[texts];

        public long Count { get; private set; }

        public double Sum { get; private set; }

        public void Add(int text, int position, float value)
        {
            (_values[text] ??= [])[position] = value;
            (Count, Sum) = (Count + 1, Sum + value);
        }

        public Dictionary<int, float> Of(int text) => _values[text]!;

        public IEnumerable<int> Strongest(int count) => Enumerable.Range(0, _values.Length).Where(text => _values[text] is not null).OrderByDescending(text => _values[text]!.Values.Max()).ThenBy(text => text).Take(count);
    }
}
