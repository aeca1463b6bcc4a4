using Trimtab.Evaluation.Metrics;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>What a condition varies.</summary>
public enum ConditionKind
{
    /// <summary>The system prompt.</summary>
    SystemPrompt,
    /// <summary>How many answers in front of the question show the trait; there is no system prompt.</summary>
    Demonstrations,
}

/// <summary>What stands in front of a question.</summary>
/// <param name="Kind">What it varies.</param>
/// <param name="Grade">The level asked for (0 its opposite, 3 strongly), or the number of demonstrations.</param>
/// <param name="Name">The system prompt, or how many demonstrations.</param>
/// <param name="Chat">The conversation before the question.</param>
public sealed record MonitoringCondition(ConditionKind Kind, int Grade, string Name, Chat Chat);

/// <summary>One question under one condition.</summary>
/// <param name="Question">The question.</param>
/// <param name="Before">The coordinate at the prompt's last token, at each hook point of the study.</param>
/// <param name="Score">The trait in the answers, 0 to 100, the mean over rollouts; null where none had a score.</param>
/// <param name="Refused">Answers that refused.</param>
/// <param name="Unreadable">Answers that the judge could not read.</param>
public sealed record MonitoringPoint(string Question, IReadOnlyList<float> Before, double? Score, int Refused, int Unreadable);

/// <summary>What a condition came to.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Points">Its questions.</param>
public sealed record ConditionResult(MonitoringCondition Condition, IReadOnlyList<MonitoringPoint> Points)
{
    /// <summary>The mean trait over its questions; null where no answer had a score.</summary>
    public double? MeanScore => Points.Average(point => point.Score);

    /// <summary>The mean coordinate over its questions, at a hook point of the study.</summary>
    public double MeanBefore(int point) => Points.Average(of => of.Before[point]);

    internal IReadOnlyList<(double X, double Y)> Cases(int point) => [.. Points.Where(of => of.Score is not null).Select(of => ((double)of.Before[point], of.Score!.Value))];
}

/// <summary>How the coordinate before the answer and the trait of the answers go together, at one hook point.</summary>
/// <param name="At">The hook point.</param>
/// <param name="OverConditions">Pearson's r over the conditions' means; null where it cannot be told.</param>
/// <param name="OverAll">r over all questions of all conditions.</param>
/// <param name="Within">The mean over conditions of r over the questions of each.</param>
/// <param name="ConditionsWithin">How many conditions that is the mean of.</param>
/// <param name="Excluded">How many conditions were left away there, because their scores have a standard deviation below 1.</param>
public sealed record MonitoringRelation(HookPoint At, Estimate? OverConditions, Estimate? OverAll, Estimate? Within, int ConditionsWithin, int Excluded);

/// <summary>What a study found.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="At">Where it was read.</param>
/// <param name="Fixed">Of these the one that claims are about. It was fixed before anything was asked: the best of many blocks would look better than it is.</param>
/// <param name="Conditions">The conditions that fit the model's positions.</param>
/// <param name="LeftOut">Those whose prompts are too long for them.</param>
public sealed record MonitoringStudyResult(Trait Trait, IReadOnlyList<HookPoint> At, HookPoint Fixed, IReadOnlyList<ConditionResult> Conditions, IReadOnlyList<MonitoringCondition> LeftOut)
{
    // Within a condition all of whose answers are alike there is nothing to predict (Chen et al. 2025).
    private const double LeastDeviation = 1;

    private const string Persona = "Chen et al. 2025";

    /// <summary>The relation at every hook point.</summary>
    /// <param name="kind">Over conditions of one kind; all where null.</param>
    public IReadOnlyList<MonitoringRelation> Relations(ConditionKind? kind = null)
    {
        var conditions = Conditions.Where(of => kind is null || of.Condition.Kind == kind).ToList();
        return [.. At.Index().Select(point => Relation(point.Item, conditions, point.Index))];
    }

    /// <summary>The claims of the paper about readings before the answer, held against these numbers at <see cref="Fixed"/>.</summary>
    public IReadOnlyList<Claim> Claims
    {
        get
        {
            var relation = Relations().Single(relation => relation.At == Fixed);
            Claim Foretold(string statement, Estimate? r) => Claim.Correlated(statement, Persona, r, $" at {Fixed}");
            return
            [
                Foretold("The reading before the answer goes with the trait of the answer, over conditions.", relation.OverConditions),
                Foretold("It does so over all questions.", relation.OverAll),
                Foretold("It does so within one condition.", relation.Within),
                Weaker("Within one condition it does so less than over conditions.", relation),
            ];
        }
    }

    private Claim Weaker(string statement, MonitoringRelation relation) => relation is { OverConditions: { } over, Within: { } within }
        ? new Claim(statement, Persona, Claim.Apart(over, within), $"r = {Correlation.Text(over)} over conditions and {Correlation.Text(within)} within, at {Fixed}")
        : new Claim(statement, Persona, Finding.Undecided, "one of them does not vary");

    private static MonitoringRelation Relation(HookPoint at, List<ConditionResult> conditions, int point)
    {
        var cases = conditions.Select(of => of.Cases(point)).ToList();
        var varied = cases.Where(of => Deviation(of) >= LeastDeviation).ToList();
        return new MonitoringRelation(at,
            Correlation.Of([.. conditions.Where(of => of.MeanScore is not null).Select(of => (of.MeanBefore(point), of.MeanScore!.Value))]),
            Correlation.Of([.. cases.SelectMany(of => of)]), Correlation.Within(varied), varied.Count, cases.Count - varied.Count);
    }

    private static double Deviation(IReadOnlyList<(double X, double Y)> cases)
    {
        if (cases.Count < 2)
            return 0;
        double mean = cases.Average(pair => pair.Y);
        return Math.Sqrt(cases.Sum(pair => (pair.Y - mean) * (pair.Y - mean)) / (cases.Count - 1));
    }
}
