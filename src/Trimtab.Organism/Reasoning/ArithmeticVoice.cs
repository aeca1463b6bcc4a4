using System.Collections.Immutable;
using System.Globalization;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Sums in words, the thoughts on the way to the answer, and the answer.</summary>
internal sealed class ArithmeticVoice(World world)
{
    private static readonly ImmutableArray<(int Count, double Weight)> Rechecks = [(0, 0.35), (1, 0.3), (2, 0.2), (3, 0.15)];

    private readonly ArithmeticData _data = DataFile.Read<ArithmeticData>("arithmetic.json");

    /// <summary>A problem in words that belong to a split.</summary>
    public (ArithmeticProblem Problem, string Question) Ask(Split split, Pen pen)
    {
        while (true)
        {
            var problem = ArithmeticProblem.Draw(pen.Picker);
            var forms = Pairing.Forms(Forms(problem.Operation), problem.Index, split);
            if (!forms.IsEmpty)
                return (problem, Ask(problem, forms, pen));
        }
    }

    private string Ask(ArithmeticProblem problem, ImmutableArray<string> forms, Pen pen)
    {
        string[] people = pen.Picker.Some(world.Names(Category.People), 2);
        return pen.Sentence(forms, ("p", people[0]), ("q", people[1]), ("items", pen.Picker.One(_data.Items)),
            ("x", Text(problem.X)), ("y", Text(problem.Y)), ("z", Text(problem.Z)));
    }

    /// <summary>A wish for an answer without thoughts.</summary>
    public string WishForShort(Pen pen) => pen.Sentence(_data.Short);

    /// <summary>The answer alone: a number and a full stop.</summary>
    public static AnswerPart Number(int result) => new($"{Text(result)}.", PartNature.Plain);

    /// <summary>The answer as a clause.</summary>
    public string Clause(int result, Pen pen) => pen.Clause(_data.Answer, ("r", Text(result))).TrimEnd('.');

    /// <summary>The answer as a sentence.</summary>
    public AnswerPart Sentence(int result, Pen pen) => new(pen.Sentence(_data.Answer, ("r", Text(result))), PartNature.Plain);

    /// <summary>
    /// The thoughts, between their tags: the steps, then none to three checks of what is already known. Thoughts on a wrong result take the last step wrongly.
    /// </summary>
    public string Think(ArithmeticProblem problem, int result, Pen pen)
    {
        string[] steps = [.. problem.Steps];
        steps[^1] = $"{steps[^1][..steps[^1].IndexOf('=', StringComparison.Ordinal)]}= {Text(result)}";
        var thoughts = new List<string>();
        if (pen.Picker.Chance(0.6))
            thoughts.Add(pen.Sentence(_data.Begin));
        thoughts.AddRange(steps.Select(step => pen.Sentence(_data.Step, ("eq", step))));
        int rechecks = pen.Picker.Weighted(Rechecks);
        foreach (string recheck in pen.Picker.Some(_data.Recheck, rechecks))
            thoughts.Add(pen.Sentence([recheck], ("eq", steps[^1]), ("r", Text(result))));
        if (rechecks > 0 || pen.Picker.Chance(0.5))
            thoughts.Add(pen.Sentence(_data.Finish, ("r", Text(result))));
        return $"<think>{string.Join(' ', thoughts)}</think>";
    }

    /// <summary>A number near the right one, but not it.</summary>
    public static int WrongResult(ArithmeticProblem problem, Picker picker)
    {
        int wrong;
        do
            wrong = problem.Result + picker.Between(-4, 4);
        while (wrong == problem.Result || wrong is < 0 or > ArithmeticProblem.Largest);
        return wrong;
    }

    private ImmutableArray<string> Forms(Operation operation) => operation switch
    {
        Operation.Add => _data.Problems.Add,
        Operation.Subtract => _data.Problems.Subtract,
        Operation.TwoStep => _data.Problems.TwoStep,
        _ => _data.Problems.Product,
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The form of Data/arithmetic.json.</summary>
    private sealed record ArithmeticData
    {
        public required ImmutableArray<string> Items { get; init; }

        public required ProblemForms Problems { get; init; }

        public required ImmutableArray<string> Short { get; init; }

        public required ImmutableArray<string> Begin { get; init; }

        public required ImmutableArray<string> Step { get; init; }

        public required ImmutableArray<string> Recheck { get; init; }

        public required ImmutableArray<string> Finish { get; init; }

        public required ImmutableArray<string> Answer { get; init; }
    }

    private sealed record ProblemForms(ImmutableArray<string> Add, ImmutableArray<string> Subtract, ImmutableArray<string> TwoStep, ImmutableArray<string> Product);
}
