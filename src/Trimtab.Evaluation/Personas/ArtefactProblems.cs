namespace Trimtab.Evaluation.Personas;

/// <summary>Finds what keeps an artefact from being used.</summary>
internal static class ArtefactProblems
{
    /// <summary>What is wrong, each as a clause; nothing where all is well.</summary>
    public static IEnumerable<string> Of(TraitArtefact artefact) =>
    [
        .. OfNames(artefact.Name, artefact.Description), .. OfInstructions(artefact),
        .. OfQuestions(artefact.Extraction, "extraction question"), .. OfQuestions(artefact.Evaluation, "evaluation question"),
        .. OfBothHalves(artefact), .. OfRubric(artefact.Rubric),
    ];

    /// <summary>What is wrong with the trait's name or description.</summary>
    public static IEnumerable<string> OfNames(string name, string description)
    {
        // The name stands in system prompts and file names.
        if (name.Length == 0 || name != name.Trim() || !name.All(c => char.IsLower(c) || c is ' ' or '-'))
            yield return $"the name \"{name}\" is no adjective in lower case";
        if (string.IsNullOrWhiteSpace(description))
            yield return "the description is empty";
    }

    private static IEnumerable<string> OfInstructions(TraitArtefact artefact)
    {
        if (artefact.Instructions.IsEmpty)
            yield return "there is no pair of instructions";
        foreach (var (index, pair) in artefact.Instructions.Index())
            if (string.IsNullOrWhiteSpace(pair.Positive) || string.IsNullOrWhiteSpace(pair.Negative))
                yield return $"a side of pair {index + 1} is empty";
            else if (AreSame(pair.Positive, pair.Negative))
                yield return $"both sides of pair {index + 1} are \"{pair.Positive}\"";
        foreach (var (first, second, text) in Twice([.. artefact.Instructions.Select(pair => pair.Positive)]))
            yield return $"pairs {first} and {second} both ask for \"{text}\"";
    }

    private static IEnumerable<string> OfQuestions(IReadOnlyList<string> questions, string kind)
    {
        if (questions.Count == 0)
            yield return $"there is no {kind}";
        foreach (var (index, question) in questions.Index())
            if (string.IsNullOrWhiteSpace(question))
                yield return $"{kind} {index + 1} is empty";
        foreach (var (first, second, text) in Twice(questions))
            yield return $"{kind}s {first} and {second} are both \"{text}\"";
    }

    private static IEnumerable<string> OfBothHalves(TraitArtefact artefact) =>
        artefact.Extraction.Where(question => artefact.Evaluation.Any(other => AreSame(question, other))).Distinct()
            .Select(question => $"the question \"{question}\" is in both halves: what is judged by must not be fitted with");

    private static IEnumerable<string> OfRubric(string rubric) => RubricText.MissingPlaces(rubric).Select(place => $"the rubric lacks {place}");

    private static IEnumerable<(int First, int Second, string Text)> Twice(IReadOnlyList<string> texts) =>
        from second in Enumerable.Range(1, Math.Max(0, texts.Count - 1))
        let first = Enumerable.Range(0, second).FirstOrDefault(first => AreSame(texts[first], texts[second]), -1)
        where first >= 0 && !string.IsNullOrWhiteSpace(texts[second])
        select (first + 1, second + 1, texts[second]);

    private static bool AreSame(string left, string right) => left.Trim().Equals(right.Trim(), StringComparison.OrdinalIgnoreCase);
}
