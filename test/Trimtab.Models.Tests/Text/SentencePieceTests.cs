using System.Text;
using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>Sentencepiece behaviour that the published models do not show, on models written here.</summary>
public sealed class SentencePieceTests
{
    private static readonly SentencePieceEntry[] Basic =
    [
        new("<unk>", 0, PieceType.Unknown), new("<s>", 0, PieceType.Control), new("</s>", 0, PieceType.Control), new("▁", -3,
            PieceType.Normal),
        new("a", -4, PieceType.Normal), new("b", -5, PieceType.Normal), new("▁a", -1, PieceType.Normal), new("ab", -2, PieceType.Normal),
        new("<sep>", 0, PieceType.UserDefined),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Extra_spaces_go_if_the_model_says_so(bool unigram)
    {
        var tokenizer = Load(Basic, unigram, removeExtraWhitespaces: true);
        Assert.Equal(Tokens("▁a ▁ b"), Texts(tokenizer, "  a   b  "));
        Assert.Empty(tokenizer.Encode("   ", addSpecialTokens: false));
        Assert.Equal("a b", tokenizer.Decode(tokenizer.Encode("  a   b  ", addSpecialTokens: false)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_user_defined_piece_is_always_a_token_and_takes_no_space(bool unigram)
    {
        var tokenizer = Load(Basic, unigram);
        Assert.Equal(Tokens("▁a <sep> ab"), Texts(tokenizer, "a<sep>ab"));
        Assert.Equal(Tokens("▁a <sep> ab"), tokenizer.Encode("a<sep>ab", false, parseSpecialTokens: false).Select(tokenizer.TokenText));
    }

    [Fact]
    public void Control_pieces_are_tokens_only_where_the_caller_says_so()
    {
        var tokenizer = Load(Basic, unigram: false);
        Assert.Equal([1, 6, 2, 6], tokenizer.Encode("a</s>a"));
        Assert.DoesNotContain(2, tokenizer.Encode("a</s>a", parseSpecialTokens: false));
        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId));
        Assert.Equal("<s>a", tokenizer.Decode([1, 4]));
        Assert.Equal("a", tokenizer.Decode([1, 6], skipSpecialTokens: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unknown_characters_in_a_row_are_one_unknown_token(bool unigram) =>
        Assert.Equal([6, 0, 5], Load(Basic, unigram).Encode("axyzb", addSpecialTokens: false));

    [Fact]
    public void A_character_without_a_piece_of_its_own_still_merges()
    {
        // "c" is no piece, "ac" is: sentencepiece merges by text, so the pair is found all the same.
        SentencePieceEntry[] pieces = [.. Basic, new("ac", -0.5f, PieceType.Normal)];
        Assert.Equal(Tokens("▁ ac"), Texts(Load(pieces, unigram: false), "ac"));
        Assert.Equal([3, 0], Load(pieces, unigram: false).Encode("c", addSpecialTokens: false));
    }

    [Fact]
    public void Normalisation_rules_take_the_longest_match()
    {
        var charsmap = CharsmapWriter.Write(("A", "a"), ("AB", "b"), ("\u3000", " "));
        var tokenizer = Load(Basic, unigram: true, charsmap: charsmap);
        Assert.Equal(Tokens("▁ ab ▁a"), Texts(tokenizer, "AAB\u3000A"));
    }

    [Fact]
    public void A_configuration_decides_about_the_frame()
    {
        var model = SentencePieceWriter.Write(Basic, unigram: false);
        var both = Tokenizer.FromSentencePiece(model, "m", Encoding.UTF8.GetBytes("""{"add_bos_token":false,"add_eos_token":true,"eos_token":"<sep>"}"""));
        Assert.Equal([6, 8], both.Encode("a"));
    }

    [Fact]
    public void Model_types_that_are_not_subwords_are_refused()
    {
        var error = Assert.Throws<TokenizerFormatException>(() =>
            Tokenizer.FromSentencePiece(SentencePieceWriter.Write(Basic, type: 3), "words.model"));
        Assert.StartsWith("words.model: the model type is 3", error.Message, StringComparison.Ordinal);
    }

    private static Tokenizer Load(SentencePieceEntry[] pieces, bool unigram, bool removeExtraWhitespaces = false,
        byte[]? charsmap = null) =>
        Tokenizer.FromSentencePiece(SentencePieceWriter.Write(pieces, unigram, removeExtraWhitespaces, charsmap));

    private static string[] Texts(Tokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text, addSpecialTokens: false).Select(tokenizer.TokenText)];

    private static string[] Tokens(string list) => list.Split(' ');
}
