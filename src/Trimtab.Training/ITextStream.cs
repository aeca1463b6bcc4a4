using Trimtab.Models;

namespace Trimtab.Training;

/// <summary>The texts of every step of a training run. What a step sees depends on its number alone, never on where a run was resumed.</summary>
public interface ITextStream
{
    /// <summary>Identifies what the stream gives, so that a run is not resumed on other data.</summary>
    string Fingerprint { get; }

    /// <summary>The texts of a step, counted from 0; at least one of their tokens has a loss.</summary>
    IReadOnlyList<LossText> TextsOf(long step);
}
