using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models.Layers;

/// <summary>
/// Rotary position embedding (Su et al. 2021): pair i of a head at position p is turned by the angle p · f(i). How the frequencies f follow from the base,
/// and how they are stretched for long contexts, is a <see cref="RotaryScaling"/>.
/// </summary>
public sealed class RotaryEmbedding
{
    // Most scalings have one length regime or two; dynamic NTK has one for every length, of which the latest few are kept.
    private const int KeptRegimes = 16;

    private readonly RotaryScaling _scaling;
    private readonly Dictionary<int, float[]> _frequencies = [];

    /// <summary>An embedding that turns <paramref name="size"/> values of each head.</summary>
    /// <param name="scaling">Frequencies and their factor on cos and sin.</param>
    /// <param name="size">How many values of a head are turned: its size, or less under a partial rotary factor; even.</param>
    /// <param name="pairs">Which values are turned together.</param>
    public RotaryEmbedding(RotaryScaling scaling, int size, RotaryPairs pairs = RotaryPairs.Halves)
    {
        if (size <= 0 || size % 2 != 0)
            throw new ArgumentException($"Rotary embedding: {size} values of a head cannot be turned in pairs. The size must be even and positive.", nameof(size));
        (_scaling, Size, Pairs) = (scaling, size, pairs);
        // Lists of factors that do not fit show here, not at the first pass: the shortest text uses one, a text past every trained length the other.
        scaling.Frequencies(size, 1);
        scaling.Frequencies(size, int.MaxValue);
    }

    /// <summary>How many values of each head are turned.</summary>
    public int Size { get; }

    /// <summary>Which values are turned together.</summary>
    public RotaryPairs Pairs { get; }

    /// <summary>
    /// A number that changes where a sequence of <paramref name="length"/> positions gets other frequencies than a shorter one. Keys cached under one regime are wrong
    /// under another, so generation computes the whole sequence again when it changes.
    /// </summary>
    public int Regime(int length) => _scaling.Regime(length);

    /// <summary>The turning angles per position, f(0) … f(Size/2 − 1), for a sequence of <paramref name="length"/> positions.</summary>
    public ReadOnlySpan<float> Frequencies(int length)
    {
        int regime = _scaling.Regime(length);
        lock (_frequencies)
        {
            if (_frequencies.TryGetValue(regime, out var frequencies))
                return frequencies;
            if (_frequencies.Count == KeptRegimes)
                _frequencies.Clear();
            return _frequencies[regime] = _scaling.Frequencies(Size, length);
        }
    }

    /// <summary>cos and sin of every row's angles, times the scaling's attention factor: [T, Size/2] each.</summary>
    internal (Tensor Cos, Tensor Sin) Tables(Workspace workspace, IReadOnlyList<SequenceRows> rows, int rowCount)
    {
        var cos = workspace.Allocate(new Shape(rowCount, Size / 2));
        var sin = workspace.Allocate(new Shape(rowCount, Size / 2));
        foreach (var span in rows)
        {
            // The regime follows the whole sequence, not the chunk: chunked prefill must turn early chunks as the full length asks.
            var frequencies = Frequencies(span.Sequence.Ids.Count);
            for (int i = 0; i < span.Count; i++)
                Fill(span.FirstPosition + i, frequencies, cos.Row(span.FirstRow + i), sin.Row(span.FirstRow + i));
        }
        return (cos, sin);
    }

    private void Fill(int position, ReadOnlySpan<float> frequencies, Span<float> cos, Span<float> sin)
    {
        for (int i = 0; i < frequencies.Length; i++)
        {
            (float s, float c) = MathF.SinCos(position * frequencies[i]);
            cos[i] = c * _scaling.AttentionFactor;
            sin[i] = s * _scaling.AttentionFactor;
        }
    }
}
