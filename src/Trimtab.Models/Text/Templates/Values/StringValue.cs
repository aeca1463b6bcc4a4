namespace Trimtab.Models.Text.Templates.Values;

/// <summary>
/// A text. Templates count in code points, .NET in UTF-16 units: the two differ only where surrogate pairs occur, and only then is a
/// table of offsets made.
/// </summary>
/// <param name="text">The characters.</param>
/// <param name="isMarkup">True for the result of <c>safe</c> and <c>escape</c>, which escapes whatever plain text is joined to it.</param>
internal sealed class StringValue(string text, bool isMarkup = false) : Value
{
    public static readonly StringValue Empty = new("");

    // Found when first asked for, and again by every thread that asks at the same time: each of the three is written in one piece.
    private int[]? _offsets;
    private int _hash;
    private byte _pairs;

    public string Text { get; } = text;

    public bool IsMarkup { get; } = isMarkup;

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override bool IsTrue => Text.Length > 0;

    public override long? Length => HasPairs ? Offsets.Length - 1 : Text.Length;

    public override int? Hash => _hash != 0 ? _hash : _hash = string.GetHashCode(Text, StringComparison.Ordinal);

    /// <summary>The count of code points before a UTF-16 offset.</summary>
    public int IndexOf(int offset)
    {
        if (!HasPairs) return offset;
        var found = Array.BinarySearch(Offsets, offset);
        return found >= 0 ? found : ~found;
    }

    /// <summary>The UTF-16 offset of a code point; the length gives the end.</summary>
    public int OffsetOf(long index) => HasPairs ? Offsets[index] : (int)index;

    /// <summary>The code point at an index, as a text of its own.</summary>
    public StringValue CharacterAt(int index) => new(Text[OffsetOf(index)..OffsetOf(index + 1)], IsMarkup);

    public override Value? GetAttribute(string name) => StringMethods.Find(this, name);

    public override Value? GetItem(Value key, Budget budget)
    {
        if (key is SliceValue slice) return Slice(slice, budget);
        return Numbers.Index(key, Length!.Value) is { } index ? CharacterAt(index) : null;
    }

    public override IEnumerable<Value> Iterate()
    {
        for (var i = 0; i < Length; i++)
            yield return CharacterAt(i);
    }

    public override IEnumerable<Value> IterateBackwards()
    {
        for (var i = (int)Length!.Value - 1; i >= 0; i--)
            yield return CharacterAt(i);
    }

    private StringValue Slice(SliceValue slice, Budget budget)
    {
        var (first, stride, count, _) = slice.Over(Length!.Value);
        budget.Text(count);
        if (count == 0) return new StringValue("", IsMarkup);
        if (stride == 1) return new StringValue(Text[OffsetOf(first)..OffsetOf(first + count)], IsMarkup);
        budget.Step(count);
        var result = new BoundedText(budget);
        for (var i = 0L; i < count; i++)
        {
            var index = first + i * stride;
            result.Add(Text.AsSpan(OffsetOf(index)..OffsetOf(index + 1)));
        }
        return new StringValue(result.ToString(), IsMarkup);
    }

    private bool HasPairs
    {
        get
        {
            if (_pairs == 0) _pairs = (byte)(Text.AsSpan().ContainsAnyInRange('\uD800', '\uDBFF') ? 2 : 1);
            return _pairs == 2;
        }
    }

    private int[] Offsets => _offsets ??= FindOffsets(Text);

    // One entry for each code point and one for the end. An unpaired surrogate counts as a code point of its own, as in Python.
    private static int[] FindOffsets(string text)
    {
        var offsets = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length; i += IsPair(text, i) ? 2 : 1)
            offsets.Add(i);
        offsets.Add(text.Length);
        return [.. offsets];
    }

    private static bool IsPair(string text, int i) =>
        char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
}
