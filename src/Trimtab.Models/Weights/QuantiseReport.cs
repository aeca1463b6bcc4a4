using Trimtab.Tensors;

namespace Trimtab.Models.Weights;

/// <summary>What quantising on load does to the weights of a model's matrix products. Embedding tables that rows are looked up in stay as stored, always.</summary>
public sealed record QuantiseReport
{
    /// <summary>The element type that weights are converted to.</summary>
    public required DType Type { get; init; }

    /// <summary>How many weights are converted; those stored in the type already do not count.</summary>
    public required int ConvertedCount { get; init; }

    /// <summary>The weights that stay as stored although they are of another type, in the order of the model.</summary>
    public required IReadOnlyList<KeptWeight> Kept { get; init; }

    /// <summary>What stays as stored and why, one line for each reason; the first few names stand for the rest.</summary>
    public IEnumerable<string> Notes => Kept.GroupBy(weight => weight.Reason).Select(group =>
    {
        string[] names = [.. group.Select(weight => weight.Name).Take(4)];
        return $"{string.Join(", ", names)}{(group.Count() > names.Length ? $" and {group.Count() - names.Length} more" : "")}: as stored — {group.Key}.";
    });
}

/// <summary>A weight that quantising on load leaves as it is stored.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">The element type it is stored in.</param>
/// <param name="Reason">Why, in a clause.</param>
public sealed record KeptWeight(string Name, DType Type, string Reason);
