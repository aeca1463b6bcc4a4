using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>What a study of prevention trains and tries.</summary>
public sealed record PreventionStudyOptions
{
    /// <summary>The data sets, by their names in <see cref="FineTuningSets"/>; the strengths of all ways are chosen on the last.</summary>
    public IReadOnlyList<string> Sets
    {
        get;
        init => field = value.Count > 0 && value.Distinct().Count() == value.Count && value.All(name => FineTuningSets.Names.Contains(name)) ? value
            : throw new ArgumentException($"Prevention: the data sets are '{string.Join("', '", value)}' — at least one is needed, each once, of {string.Join(", ", FineTuningSets.Names)}.", nameof(value));
    } = ["normal", "mild", "severe"];

    /// <summary>Chats of a data set.</summary>
    public int Count { get; init => field = value >= 1 ? value : throw new ArgumentException($"Prevention: {value} chats were asked for — at least one is needed.", nameof(value)); } = 200;

    /// <summary>c of x ← x + c · v after one block while the model is trained, from the weakest on.</summary>
    public IReadOnlyList<float> Steered { get; init; } = [2, 4, 8];

    /// <summary>c of x ← x + c · (v[l] − v[l−1]) after every block while the model is trained.</summary>
    public IReadOnlyList<float> SteeredEverywhere { get; init; } = [1, 2, 4];

    /// <summary>λ of the price on moving along v.</summary>
    public IReadOnlyList<float> Penalties { get; init; } = [0.1f, 1];

    /// <summary>Draws the directions of the control.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The strengths at inference.</summary>
    public MitigationOptions Mitigation { get; init; } = new();
}
