using System.Globalization;
using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>
/// Logistic regression of the classes on the pooled rows (linear probes, Alain and Bengio 2016), at the output of every block: v is the weight vector w of
/// p = σ(w · h + b), as long as it is fitted. Some pairs are held out; the provenance records b and the accuracy on them for each hook point, which is what a gate needs
/// and what a layer can be chosen by.
/// </summary>
[SteeringMethod("linear-probe", Paper = "https://arxiv.org/abs/1610.01644")]
public sealed record LinearProbe : ISteeringMethod
{
    /// <summary>Which tokens are read, and how they pool into one row per example.</summary>
    public TokenRule Tokens { get; init; } = TokenRule.AnswerMean;

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <summary>λ, the weight of λ/2 ‖w‖² beside the mean loss, over rows scaled to a root-mean-square length of 1; above 0.</summary>
    public double L2 { get; init => field = value > 0 && double.IsFinite(value) ? value : throw Bad(nameof(L2), value, "above 0"); } = 0.01;

    /// <summary>The share of the pairs that is not fitted to but measured on, 0 … below 1.</summary>
    public double HeldOut { get; init => field = value is >= 0 and < 1 ? value : throw Bad(nameof(HeldOut), value, "0 … below 1"); } = 0.2;

    /// <summary>Chooses the pairs that are held out.</summary>
    public int Seed { get; init; }

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var reading = ContrastReading.OfAnswers(this, model, data, Tokens, Form, progress, cancellation);
        int[] pairs = [.. Enumerable.Range(0, reading.PairCount)];
        new Random(Seed).Shuffle(pairs);
        int heldOut = (int)(HeldOut * pairs.Length);
        var probes = new Dictionary<string, ProbeRecord>();
        return reading.Fit((point, rows) =>
        {
            var probe = LogisticRegression.Fit(rows.Only(pairs[heldOut..]), L2);
            probes.Add(point.ToString(), new ProbeRecord(probe.Bias, heldOut == 0 ? null : probe.Accuracy(rows.Only(pairs[..heldOut]))));
            return probe.Weights;
        }, provenance => provenance with { Seed = Seed, Probes = probes });
    }

    private static ArgumentException Bad(string option, double value, string range) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Linear probe: {option} is {value} — it must be {range}."));
}
