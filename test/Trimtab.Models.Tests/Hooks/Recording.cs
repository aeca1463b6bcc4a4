using System.Runtime.InteropServices;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Hooks;

/// <summary>Keeps every row that passes the given hook points, and the order of the visits.</summary>
internal sealed class Recording(IEnumerable<HookPoint> points) : IActivationSink
{
    private readonly Dictionary<(HookPoint, Sequence, int Position), float[]> _rows = [];

    public IReadOnlyCollection<HookPoint> Points { get; } = [.. points];

    /// <summary>The hook points in the order they were visited.</summary>
    public List<HookPoint> Visits { get; } = [];

    public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
    {
        Visits.Add(at);
        foreach (var span in rows)
            for (int i = 0; i < span.Count; i++)
                _rows[(at, span.Sequence, span.FirstPosition + i)] = activation.Row(span.FirstRow + i).ToArray();
    }

    public float[] Row(HookPoint point, Sequence sequence, int position) => _rows.TryGetValue((point, sequence, position), out var row)
        ? row
        : throw new KeyNotFoundException($"{point} was not visited at position {position}");

    public bool Has(HookPoint point) => Visits.Contains(point);

    /// <summary>All rows of a sequence at a hook point, one after the other.</summary>
    public float[] All(HookPoint point, Sequence sequence) =>
        [.. Enumerable.Range(0, sequence.Ids.Count).SelectMany(position => Row(point, sequence, position))];

    /// <summary>Every row that both hold is the same, bit for bit.</summary>
    public static void Identical(Recording expected, Sequence expectedSequence, Recording actual, Sequence actualSequence, IEnumerable<HookPoint> points, Func<int, bool>? positions = null)
    {
        foreach (var point in points)
            for (int position = 0; position < actualSequence.Ids.Count; position++)
                if (positions?.Invoke(position) ?? true)
                    Near.Identical(expected.Row(point, expectedSequence, position), actual.Row(point, actualSequence, position), $"{point}, position {position}");
    }

    public static void Different(ReadOnlySpan<float> one, ReadOnlySpan<float> other, string what) =>
        Assert.False(MemoryMarshal.AsBytes(one).SequenceEqual(MemoryMarshal.AsBytes(other)), $"{what} should have changed and did not.");
}
