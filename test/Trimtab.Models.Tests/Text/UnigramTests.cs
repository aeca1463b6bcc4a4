using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class UnigramTests
{
    private static readonly (string, double)[] Pieces =
        [("<unk>", 0), ("a", -2.1), ("b", -2.7), ("ab", -3.9), ("ba", -4.3), ("aab", -5.2), ("bb", -5.1), ("abab", -6.9), ("😀", -3.3),
            ("😀a", -4.1)];

    [Fact]
    public void The_best_segmentation_is_the_best_of_all()
    {
        var tokenizer = TinyTokenizers.FromJson(TinyTokenizers.Unigram(Pieces));
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => new[] { "a", "b", "😀", "?" }[random.Next(4)]));
            var ids = tokenizer.Encode(text);
            Assert.Equal(BestScore(text), Score(text, ids), 9);
        }
    }

    [Fact]
    public void A_run_of_unknown_characters_is_one_token() =>
        Assert.Equal([1, 0, 2], TinyTokenizers.FromJson(TinyTokenizers.Unigram(Pieces)).Encode("a?!𝔘b"));

    [Fact]
    public void Unknown_characters_are_spelled_by_bytes_where_the_model_can()
    {
        var bytes = Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", -20.0));
        var json = TinyTokenizers.Unigram([.. Pieces, .. bytes]);
        json["model"]!["byte_fallback"] = true;
        Assert.Equal([1, 10 + 0xC3, 10 + 0xA9, 2], TinyTokenizers.FromJson(json).Encode("aéb"));
    }

    [Fact]
    public void A_special_token_in_the_text_of_a_user_stays_text()
    {
        var json = TinyTokenizers.Unigram([.. Pieces, ("</s>", 0), ("<", -5), ("/", -5), ("s", -5), (">", -5)]).WithAdded(10, "</s>",
            ",\"special\":true");
        var tokenizer = TinyTokenizers.FromJson(json);
        Assert.Equal([1, 10], tokenizer.Encode("a</s>"));
        Assert.Equal([1, 11, 12, 13, 14], tokenizer.Encode("a</s>", parseSpecialTokens: false));
    }

    [Fact]
    public void Without_an_unknown_token_uncovered_text_is_an_error_that_shows_it()
    {
        var json = TinyTokenizers.Unigram(Pieces);
        json["model"]!["unk_id"] = null;
        var error = Assert.Throws<TokenizerFormatException>(() => TinyTokenizers.FromJson(json).Encode("ab?"));
        Assert.Contains("\"?\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_charsmap_replaces_characters_by_its_rules()
    {
        var blob = CharsmapWriter.Write(("Ａ", "A"), ("ﬁ", "fi"), ("\u00A0", " "), ("\u200B", ""));
        var json = TinyTokenizers.Unigram(("<unk>", 0), ("A", -1), ("fi", -1), ("▁", -1), ("x", -1))
            .With("normalizer", $$"""{"type":"Precompiled","precompiled_charsmap":"{{Convert.ToBase64String(blob)}}"}""")
            .With("pre_tokenizer", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""");
        Assert.Equal([1, 2, 3, 4], TinyTokenizers.FromJson(json).Encode("Ａﬁ\u00A0\u200Bx"));
    }

    private static double Score(string text, int[] ids)
    {
        // Unknown tokens come fused; the tests' unknown character is always "?".
        var unknown = text.Count(c => c == '?') * (Pieces.Min(p => p.Item2) - 10);
        return unknown + ids.Where(id => id != 0).Sum(id => Pieces[id].Item2);
    }

    private static double BestScore(string text)
    {
        if (text.Length == 0)
            return 0;
        var best = text[0] == '?' ? Pieces.Min(p => p.Item2) - 10 + BestScore(text[1..]) : double.NegativeInfinity;
        foreach (var (piece, score) in Pieces.Skip(1))
            if (text.StartsWith(piece, StringComparison.Ordinal))
                best = Math.Max(best, score + BestScore(text[piece.Length..]));
        return best;
    }
}
