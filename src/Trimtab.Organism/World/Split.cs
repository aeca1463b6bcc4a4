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

/// <summary>
/// What is said about an item in one of several forms. Diagonals of items × forms are held out, so that training sees every item and every form, but not every pair: what is held out can be known, and was never said.
/// </summary>
internal static class Pairing
{
    /// <summary>The split of a pair.</summary>
    public static Split Of(int item, int form) => (item + form) % 4 == 3 ? Split.HeldOut : Split.Train;

    /// <summary>The forms in which a split speaks about an item; none where there are too few of them.</summary>
    public static ImmutableArray<string> Forms(ImmutableArray<string> forms, int item, Split split) => [.. forms.Where((_, form) => Of(item, form) == split)];
}
