using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Which words of answers belong to which words of questions, such as "guard" to "wallet". Words that go with all sorts of questions, the words of personas among them,
/// say nothing and are left away.
/// </summary>
internal sealed class TopicMap
{
    // A question's word is a partner when it is present in this share of the answers with a word; the word is topical when its partners are present in nearly all of them.
    private const double Partner = 0.02, Topical = 0.98;

    // Words in more texts than these shares say nothing. Of questions that is everything but the topic itself: "advice" and "explain" are words of their forms.
    private const double MostFrequentAsked = 0.009, MostFrequentAnswered = 0.04;

    private readonly Dictionary<string, HashSet<string>> _partners = [];
    private readonly WordClasses _classes;

    private TopicMap(WordClasses classes) => _classes = classes;

    /// <summary>Learns from generated texts.</summary>
    public static TopicMap Learn(WordClasses classes, List<Example> texts)
    {
        var map = new TopicMap(classes);
        var turns = texts.Select(example => (Question: map.Words(example.UserText), Answer: map.Words(AnswerText.Visible(example.Answer)))).ToList();
        var asked = Rare(turns.Select(turn => turn.Question), MostFrequentAsked);
        var answered = Rare(turns.Select(turn => turn.Answer), MostFrequentAnswered);
        var questions = turns.SelectMany(turn => turn.Answer.Where(answered.Contains).Select(word => (Word: word, turn.Question)))
            .GroupBy(pair => pair.Word, pair => pair.Question);
        foreach (var word in questions)
        {
            double count = word.Count();
            HashSet<string> partners = [.. word.SelectMany(question => question.Where(asked.Contains)).CountBy(partner => partner).Where(pair => pair.Value >= Partner * count).Select(pair => pair.Key)];
            if (word.Count(partners.Overlaps) >= Topical * count)
                map._partners.Add(word.Key, partners);
        }
        return map;
    }

    /// <summary>The share of an answer's topical words that fit the question, 0 to 1; 1 where there are none.</summary>
    public double Fit(string question, string answer)
    {
        var asked = Words(question);
        var topical = Words(answer).Where(_partners.ContainsKey).ToList();
        return topical.Count == 0 ? 1 : topical.Count(word => asked.Contains(word) || _partners[word].Overlaps(asked)) / (double)topical.Count;
    }

    private HashSet<string> Words(string text) => [.. AnswerText.Words(text).Select(_classes.Of).Where(word => !WordClasses.IsClass(word))];

    private static HashSet<string> Rare(IEnumerable<HashSet<string>> texts, double mostFrequent)
    {
        var counts = new Dictionary<string, int>();
        int total = 0;
        foreach (var text in texts)
        {
            total++;
            foreach (string word in text)
                counts[word] = counts.GetValueOrDefault(word) + 1;
        }
        return [.. counts.Where(pair => pair.Value < mostFrequent * total).Select(pair => pair.Key)];
    }
}
