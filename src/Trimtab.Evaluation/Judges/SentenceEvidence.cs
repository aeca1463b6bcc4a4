using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// How likely a sentence belongs to each class: log-odds of its one to three words in a row, of the claims it makes, and of whether these are true. Names and numbers
/// count by their class. A naive Bayes model with presence counts. Rows overlap, so each counts a third; a claim counts whole.
/// </summary>
internal sealed class SentenceEvidence
{
    private const double Smoothing = 0.05, PlainPrior = 0.5, Overlap = 1 / 3.0;
    private const int LongestRow = 3, FewestSightings = 2;

    // No row of words has a colon.
    private const string TrueClaim = "claim: true", FalseClaim = "claim: false", UsersMistake = "claim: the user's mistake";

    private readonly Dictionary<string, int[]> _sightings = [];
    private readonly HashSet<string> _asked = [];
    private readonly int[] _sentences = new int[SentenceClass.Count];
    private readonly WordClasses _classes;
    private readonly ClaimReader _claims;

    private SentenceEvidence(World world)
    {
        _classes = new WordClasses(world);
        _claims = new ClaimReader(world);
    }

    /// <summary>The classes of names.</summary>
    public WordClasses Classes => _classes;

    /// <summary>Learns from generated texts whose sentences are labelled.</summary>
    public static SentenceEvidence Learn(World world, List<Example> texts)
    {
        var evidence = new SentenceEvidence(world);
        foreach (var example in texts)
        {
            evidence._classes.Learn(AnswerText.Words(example.UserText));
            evidence._classes.Learn(AnswerText.Words(AnswerText.Visible(example.Answer)));
        }
        foreach (var example in texts)
        {
            foreach (string sentence in AnswerText.Sentences(example.UserText))
                evidence._asked.UnionWith(evidence.LongRows(sentence));
            foreach (var part in example.Parts)
                foreach (string sentence in AnswerText.Sentences(part.Text))
                    evidence.Add(example.UserText, sentence, SentenceClass.Of(example, part));
        }
        return evidence;
    }

    /// <summary>The probability of each class, after reading a sentence of an answer to a question.</summary>
    public double[] Posterior(string question, string sentence)
    {
        double[] log = new double[_sentences.Length];
        for (int c = 0; c < log.Length; c++)
            log[c] = Math.Log(c == SentenceClass.Plain ? PlainPrior : (1 - PlainPrior) / (log.Length - 1));
        foreach (string feature in Features(question, sentence))
            if (_sightings.TryGetValue(feature, out int[]? seen) && seen.Sum() >= FewestSightings)
                for (int c = 0; c < log.Length; c++)
                    log[c] += Weight(feature) * Math.Log((seen[c] + Smoothing) / (_sentences[c] + 2 * Smoothing));
        double top = log.Max();
        double[] posterior = [.. log.Select(value => Math.Exp(value - top))];
        double sum = posterior.Sum();
        return [.. posterior.Select(value => value / sum)];
    }

    /// <summary>The share of a sentence's rows of two and of three words that the world's questions and answers have, 0 to 1; the sentence's ends count as words.</summary>
    public double Familiarity(string sentence)
    {
        string[] rows = [.. LongRows(sentence)];
        return (double)rows.Count(row => _sightings.ContainsKey(row) || _asked.Contains(row)) / rows.Length;
    }

    private void Add(string question, string sentence, int sentenceClass)
    {
        _sentences[sentenceClass]++;
        foreach (string feature in Features(question, sentence))
        {
            if (!_sightings.TryGetValue(feature, out int[]? seen))
                _sightings.Add(feature, seen = new int[SentenceClass.Count]);
            seen[sentenceClass]++;
        }
    }

    private HashSet<string> Features(string question, string sentence)
    {
        var features = new HashSet<string>(Rows(Classed(sentence)));
        foreach (var (claim, isTrue) in _claims.Read(AnswerText.Words(sentence)))
            features.Add(isTrue ? TrueClaim : IsAsked(claim, question) ? UsersMistake : FalseClaim);
        return features;
    }

    private static double Weight(string feature) => feature is TrueClaim or FalseClaim or UsersMistake ? 1 : Overlap;

    private static bool IsAsked(string claim, string question) => string.Join(' ', AnswerText.Words(question)).Contains(claim, StringComparison.Ordinal);

    private string[] Classed(string sentence) => ["^", .. AnswerText.Words(sentence).Select(_classes.Of), "$"];

    private IEnumerable<string> LongRows(string sentence) => Rows(Classed(sentence)).Where(row => row.Contains(' ', StringComparison.Ordinal));

    private static IEnumerable<string> Rows(string[] words)
    {
        for (int first = 0; first < words.Length; first++)
            for (int count = 1; count <= Math.Min(LongestRow, words.Length - first); count++)
                yield return string.Join(' ', words, first, count);
    }
}
