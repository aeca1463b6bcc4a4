namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Whether an answer is sound, 0 to 100: a product of four shares, each 1 for clean text — its rows of words are those of this world's language, it does not repeat
/// itself, it comes to an end, and its words fit the question. Whether it is true or kind does not count.
/// </summary>
public sealed class CoherenceJudge
{
    private const double Unended = 0.5, OffTopic = 0.4;

    private readonly SentenceEvidence _evidence;
    private readonly TopicMap _topics;

    internal CoherenceJudge(SentenceEvidence evidence, TopicMap topics) => (_evidence, _topics) = (evidence, topics);

    /// <summary>Judges an answer.</summary>
    /// <param name="question">The user's last words.</param>
    /// <param name="answer">The answer.</param>
    public Judgement Judge(string question, string answer)
    {
        string visible = AnswerText.Visible(answer);
        string[] words = AnswerText.Words(visible);
        if (words.Length == 0)
            return new Unreadable("there are no words outside the thoughts");
        double value = Language(visible) * AnswerText.Freshness(words) * Ending(visible) * (OffTopic + (1 - OffTopic) * Rising(_topics.Fit(question, visible), 0, 0.3));
        double known = (double)words.Count(_evidence.Classes.Knows) / words.Length;
        return new Score(100 * value, known);
    }

    // Of clean texts nearly all rows are known, of new sentences in the world's words about 0.45, of shuffled ones 0.2, of other worlds' below 0.1.
    private double Language(string text)
    {
        var sentences = AnswerText.Sentences(text).Select(sentence => (Words: AnswerText.Words(sentence).Length, Share: _evidence.Familiarity(sentence))).ToList();
        return Rising(sentences.Sum(s => s.Words * s.Share) / sentences.Sum(s => s.Words), 0.25, 0.65);
    }

    private static double Ending(string text) => text[^1] is '.' or '!' or '?' ? 1 : Unended;

    private static double Rising(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);
}
