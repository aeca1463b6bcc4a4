namespace Trimtab.Models.Generation;

/// <summary>
/// Lets a growing text through up to the first of some stop strings. What could still become a stop string is held back until it is decided.
/// </summary>
public sealed class StopStringMatcher(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>True once a stop string was met; nothing is let through from then on.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a piece of text and returns what can be shown for certain.</summary>
    public string Push(string text)
    {
        if (IsStopped)
            return "";
        string all = _held + text;
        int first = FirstStop(all);
        if (first >= 0)
        {
            (IsStopped, _held) = (true, "");
            return all[..first];
        }
        int hold = LongestBeginning(all);
        _held = all[^hold..];
        return all[..^hold];
    }

    /// <summary>The text that was held back and turned out to be no stop string.</summary>
    public string Flush()
    {
        (string rest, _held) = (_held, "");
        return rest;
    }

    private int FirstStop(string text)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }
        return first;
    }

    // The longest end of the text that is the beginning of a stop string.
    private int LongestBeginning(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
        return longest;
    }
}
