using System.Globalization;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// The probabilities with which a judge writes each number from 0 to 100, or REFUSAL. The score is their mean (Chen et al. 2025, appendix A), Σ v p(v) / W with the mass W = Σ p(v).
/// </summary>
internal sealed class ScoreMass
{
    /// <summary>The mass on numbers below which there is no score.</summary>
    public const double Floor = 0.25;

    private const int ShownNumbers = 5;

    private readonly double[] _numbers = new double[ScoreText.Largest + 1];

    /// <summary>W, the probability that a number is written.</summary>
    public double Numbers => _numbers.Sum();

    /// <summary>The probability that REFUSAL is written.</summary>
    public double Refusal { get; private set; }

    /// <summary>Adds to the probability of a number; a number may be written in several ways.</summary>
    public void AddNumber(int value, double probability) => _numbers[value] += probability;

    /// <summary>Adds to the probability of REFUSAL.</summary>
    public void AddRefusal(double probability) => Refusal += probability;

    /// <summary>
    /// <see cref="Refused"/> where nothing is likelier than REFUSAL, or where it alone reaches the floor; else the mean number, with W as its confidence, where W reaches the
    /// floor; else <see cref="Unreadable"/>. The published aggregation gives a score wherever W reaches the floor; here the likeliest answer decides first, as it does where a judge writes one answer and no probabilities are known.
    /// </summary>
    public Judgement Judgement()
    {
        double numbers = Numbers, other = Math.Max(0, 1 - numbers - Refusal);
        // What else may be written is known only as a sum, which no single text among it exceeds.
        bool isLikeliest = Refusal > _numbers.Max() && Refusal > other;
        if (isLikeliest || (numbers < Floor && Refusal >= Floor))
            return new Refused();
        if (numbers < Floor)
            return new Unreadable(string.Create(CultureInfo.InvariantCulture, $"only {numbers:P1} of the probability is on numbers from 0 to {ScoreText.Largest}, less than {Floor:P0}"));
        return new Score(_numbers.Select((probability, value) => probability * value).Sum() / numbers, Math.Min(1, numbers));
    }

    /// <summary>The mass and the likeliest numbers, as one line.</summary>
    public override string ToString()
    {
        var likeliest = _numbers.Index().Where(number => number.Item > 0).OrderByDescending(number => number.Item).Take(ShownNumbers)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{number.Index}: {number.Item:F4}"));
        return string.Create(CultureInfo.InvariantCulture, $"numbers {Numbers:F4} ({string.Join(", ", likeliest)}), {ScoreText.Refusal} {Refusal:F4}");
    }
}
