namespace Trimtab.Training.Sae;

/// <summary>A kind whose activations are kept few by a penalty.</summary>
public abstract record PenalisedRecipe : SaeRecipe
{
    /// <summary>λ, the weight of the penalty: more for fewer active latents. Its size goes with that of the rows, which the trainer scales to a mean square of 1 per value by default.</summary>
    public double Penalty
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentException(FormattableString.Invariant($"SAE: the penalty is {value} — it must be a number from 0."), nameof(value));
    } = 1;

    /// <summary>Over how many steps the penalty rises to its weight, so that latents live before they are thinned out. Default 1,000.</summary>
    public long PenaltyWarmUp { get; init; } = 1000;

    internal double PenaltyAt(long step) => step >= PenaltyWarmUp ? Penalty : Penalty * step / PenaltyWarmUp;
}
