namespace Trimtab.Models.Text;

/// <summary>
/// The ids that a tokenizer puts before and after a text: all that its post-processor does to the ids of a single sequence.
/// </summary>
internal sealed record SpecialTokenFrame(int[] Before, int[] After)
{
    public static SpecialTokenFrame None { get; } = new([], []);

    /// <summary>This frame inside another.</summary>
    public SpecialTokenFrame Within(SpecialTokenFrame outer) => new([.. outer.Before, .. Before], [.. After, .. outer.After]);
}
