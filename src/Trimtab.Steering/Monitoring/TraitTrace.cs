namespace Trimtab.Steering.Monitoring;

/// <summary>The readings of one text: every trait at every position from <see cref="First"/> on.</summary>
public sealed class TraitTrace
{
    private readonly IReadOnlyList<MonitoredTrait> _traits;
    // [positions, traits]; it grows by doubling, so that a token is read without an allocation.
    private float[] _values;

    internal TraitTrace(IReadOnlyList<MonitoredTrait> traits, int first, int room) => (_traits, First, End, _values) = (traits, first, first, new float[room * traits.Count]);

    /// <summary>The first position that is kept.</summary>
    public int First { get; }

    /// <summary>One past the last position that was read. The last generated token is not among them: nobody computes the row of a token behind which none is chosen.</summary>
    public int End { get; private set; }

    /// <summary>The readings at a position, in the order of the traits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position was not read or not kept.</exception>
    public ReadOnlySpan<float> this[int position]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(position, First);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, End);
            return _values.AsSpan((position - First) * _traits.Count, _traits.Count);
        }
    }

    /// <summary>Every trait in an answer whose tokens are <paramref name="first"/> … first + count − 1.</summary>
    /// <param name="first">The answer's first token; the one before it must have been read.</param>
    /// <param name="count">How many tokens of the answer were read; may be 0.</param>
    public IReadOnlyList<AnswerReading> Answer(int first, int count) => [.. _traits.Select((trait, index) => Answer(trait.Name, index, first, count))];

    /// <summary>Makes sure that positions up to <paramref name="end"/> have room.</summary>
    internal void Extend(int end)
    {
        End = Math.Max(End, end);
        int needed = (End - First) * _traits.Count;
        if (needed > _values.Length)
            Array.Resize(ref _values, Math.Max(needed, 2 * _values.Length));
    }

    internal void Set(int position, int trait, float value) => _values[(position - First) * _traits.Count + trait] = value;

    private AnswerReading Answer(string name, int trait, int first, int count)
    {
        float before = this[first - 1][trait];
        if (count == 0)
            return new AnswerReading(name, before, null, null, null);
        double sum = 0;
        int largest = first;
        for (int position = first; position < first + count; position++)
        {
            sum += this[position][trait];
            if (this[position][trait] > this[largest][trait])
                largest = position;
        }
        return new AnswerReading(name, before, sum / count, this[largest][trait], largest);
    }
}
