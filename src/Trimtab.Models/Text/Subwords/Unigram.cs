using System.Buffers;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Unigram language model segmentation (Kudo 2018): of all ways to cut a piece into tokens, the one with the largest sum of log
/// probabilities, found by the Viterbi algorithm in time linear in the text.
/// </summary>
internal sealed class Unigram : ISubwordModel
{
    /// <summary>How much less likely than the least likely piece an unknown character is taken to be.</summary>
    private const double UnknownPenalty = 10;

    private readonly UnigramOptions _options;
    private readonly TokenTrie _pieces;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly double _largest;
    private readonly ByteTokens? _bytes;
    private readonly WordCache _cache = new();

    /// <param name="vocabulary">Piece texts; ids index <paramref name="scores"/>.</param>
    /// <param name="scores">Log probabilities.</param>
    /// <param name="options">The rest.</param>
    public Unigram(Vocabulary vocabulary, IReadOnlyList<double> scores, UnigramOptions options)
    {
        Vocabulary = vocabulary;
        _options = options;
        _scores = [.. scores];
        var matching = vocabulary.Entries.Where(e => options.MayMatch?.Invoke(e.Value) ?? true).ToList();
        _pieces = new TokenTrie(matching.Select(e => (e.Key, e.Value)));
        _unknownScore = _scores.DefaultIfEmpty(0).Min() - UnknownPenalty;
        _largest = _scores.DefaultIfEmpty(0).Max();
        _bytes = options.ByteFallback ? ByteTokens.Of(vocabulary) : null;
    }

    public Vocabulary Vocabulary { get; }

    private readonly record struct Arrival(double Score, int From, int Id);

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.IsEmpty)
            return;
        if (!_cache.TryGet(piece, out var known))
        {
            known = EncodeAfresh(piece);
            _cache.Remember(piece, known);
        }
        ids.AddRange(known);
    }

    private const int Unknown = -1;

    private int[] EncodeAfresh(ReadOnlySpan<char> text)
    {
        var best = ArrayPool<Arrival>.Shared.Rent(text.Length + 1);
        try
        {
            FindBestArrivals(text, best);
            return ReadPath(text, best);
        }
        finally
        {
            ArrayPool<Arrival>.Shared.Return(best);
        }
    }

    private int[] ReadPath(ReadOnlySpan<char> text, Arrival[] best)
    {
        var path = new List<(int From, int To, int Id)>();
        for (var at = text.Length; at > 0; at = best[at].From)
            // A run of unknown characters is one unknown token.
            if (best[at].Id == Unknown && path.Count > 0 && path[^1].Id == Unknown)
                path[^1] = path[^1] with { From = best[at].From };
            else
                path.Add((best[at].From, at, best[at].Id));
        var ids = new List<int>(path.Count);
        for (var i = path.Count - 1; i >= 0; i--)
            if (path[i].Id != Unknown)
                ids.Add(path[i].Id);
            else
                AppendUnknown(text[path[i].From..path[i].To], ids);
        return [.. ids];
    }

    /// <summary>For each position, the best way to get there.</summary>
    private void FindBestArrivals(ReadOnlySpan<char> text, Arrival[] best)
    {
        best.AsSpan(0, text.Length + 1).Fill(new Arrival(double.NegativeInfinity, -1, Unknown));
        best[0] = new Arrival(0, -1, Unknown);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out _, out var width);
            var (score, node, alone) = (best[at].Score, 0, false);
            for (var end = at; end < text.Length && _pieces.Step(ref node, text[end]); end++)
                if (_pieces.ValueAt(node) is >= 0 and var id)
                {
                    Arrive(best, at, end + 1, id, score + ScoreOf(id, text[at..(end + 1)]));
                    alone |= end + 1 == at + width;
                }
            if (!alone)
                Arrive(best, at, at + width, Unknown, score + _unknownScore);
            at += width;
        }
    }

    private void Arrive(Arrival[] best, int from, int to, int id, double score)
    {
        if (_options.SinglePrecision)
            score = (float)score;
        if (best[to].From < 0 || score > best[to].Score)
            best[to] = new Arrival(score, from, id);
    }

    private double ScoreOf(int id, ReadOnlySpan<char> text) => _options.AlwaysWins?.Invoke(id) ?? false
        ? Encoding.UTF8.GetByteCount(text) * _largest - 0.1
        : _scores[id];

    private void AppendUnknown(ReadOnlySpan<char> text, List<int> ids)
    {
        if (_bytes is not null && TrySpell(text, ids))
            return;
        ids.Add(_options.UnknownId ?? throw new TokenizerFormatException(
            $"Unigram: no piece covers {Vocabulary.Show(text.ToString())}, and the model has no unknown token (unk_id)."));
    }

    private bool TrySpell(ReadOnlySpan<char> text, List<int> ids)
    {
        var start = ids.Count;
        Span<int> spelling = stackalloc int[4];
        foreach (var c in text.EnumerateRunes())
        {
            var count = _bytes!.Spell(c, spelling);
            if (count == 0)
            {
                ids.RemoveRange(start, ids.Count - start);
                return false;
            }
            ids.AddRange(spelling[..count]);
        }
        return true;
    }
}
