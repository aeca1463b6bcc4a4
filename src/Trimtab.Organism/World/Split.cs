using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>Whether something may occur in training.</summary>
public enum Split
{
    /// <summary>The training stream is made of this.</summary>
    Train,
    /// <summary>It never occurs in the training stream.</summary>
    HeldOut,
}

/// <summary>A list in two parts: every fourth item is held out from training.</summary>
internal sealed class SplitList<T>(IEnumerable<T> items)
{
    private readonly ImmutableArray<T> _train = [.. items.Where((_, index) => !IsHeldOut(index))];
    private readonly ImmutableArray<T> _heldOut = [.. items.Where((_, index) => IsHeldOut(index))];

    /// <summary>The items of a split.</summary>
    public ImmutableArray<T> this[Split split] => split == Split.Train ? _train : _heldOut;

    private static bool IsHeldOut(int index) => index % 4 == 3;
}
