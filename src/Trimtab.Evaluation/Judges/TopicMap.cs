using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Which words of answers belong to which words of questions, such as "guard" to "wallet". Words that go with every question, the words of personas among them, say
/// nothing and are left away.
/// </summary>
internal sealed class TopicMap
{
    // A word is topical when one question word was present in this share of its answers, and fits a question from the lower share on.
    private const double Topical = 0.15, Fitting = 0.02, MostFrequent = 0.04;

    private readonly Dictionary<string, Dictionary<string, double>> _shares = [];
    private readonly WordClasses _classes;

    private TopicMap(WordClasses classes) => _classes = classes;

    /// <summary>Learns from generated texts.</summary>
    public static TopicMap Learn(WordClasses classes, List<Example> texts)
    {
        var map = new TopicMap(classes);
        var turns = texts.Select(example => (Question: map.Words(example.UserText), Answer: map.Words(AnswerText.Visible(example.Answer)))).ToList();
        var questions = Rare(turns.Select(turn => turn.Question));
        var answers = Rare(turns.Select(turn => turn.Answer));
        var counts = new Dictionary<string, int>();
        foreach (var (question, answer) in turns)
            foreach (string word in answer.Where(answers.Contains))
            {
                counts[word] = counts.GetValueOrDefault(word) + 1;
                if (!map._shares.TryGetValue(word, out var partners))
                    map._shares.Add(word, partners = []);
                foreach (string asked in question.Where(questions.Contains))
                    partners[asked] = partners.GetValueOrDefault(asked) + 1;
            }
        map.KeepTopical(counts);
        return map;
    }

    /// <summary>The share of an answer's topical words that fit the question, 0 to 1; 1 where there are none.</summary>
    public double Fit(string question, string answer)
    {
        var asked = Words(question);
        var topical = Words(answer).Where(_shares.ContainsKey).ToList();
        return topical.Count == 0 ? 1 : topical.Count(word => asked.Contains(word) || _shares[word].Keys.Any(asked.Contains)) / (double)topical.Count;
    }

    private HashSet<string> Words(string text) => [.. AnswerText.Words(text).Select(_classes.Of).Where(word => !WordClasses.IsClass(word))];

    private static HashSet<string> Rare(IEnumerable<HashSet<string>> texts)
    {
        var counts = new Dictionary<string, int>();
        int total = 0;
        foreach (var text in texts)
        {
            total++;
            foreach (string word in text)
                counts[word] = counts.GetValueOrDefault(word) + 1;
        }
        return [.. counts.Where(pair => pair.Value < MostFrequent * total).Select(pair => pair.Key)];
    }

    private void KeepTopical(Dictionary<string, int> counts)
    {
        foreach (var (word, count) in counts)
        {
            var partners = _shares[word];
            foreach (var (asked, together) in partners.ToList())
                if (together / count >= Fitting)
                    partners[asked] = together / count;
                else
                    partners.Remove(asked);
            if (partners.Count == 0 || partners.Values.Max() < Topical)
                _shares.Remove(word);
        }
    }
}
