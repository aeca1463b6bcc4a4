using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests.Tokenizers;

public sealed class BytePairTrainerTests
{
    [Theory]
    [InlineData("ab", 1)]
    [InlineData("ab", 2)]
    [InlineData("a", 3)]
    [InlineData("abcde", 4)]
    [InlineData("aäß", 5)]
    [InlineData("ab", 6)]
    public void Merges_are_those_of_a_trainer_that_counts_everything_anew(string alphabet, int seed)
    {
        var random = new Random(seed);
        string[] words = [.. Enumerable.Range(0, 120).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => alphabet[random.Next(alphabet.Length)])))];
        var expected = BruteForce.Train(words, 80, minCount: 2);
        var trained = new BytePairTrainer { VocabularySize = 256 + 80 }.Train(words);
        Assert.True(expected.Count > 2);
        Assert.Equal(expected, trained.Merges);
    }

    [Fact]
    public void Repeated_letters_merge_from_the_left()
    {
        var trained = new BytePairTrainer { VocabularySize = 300 }.Train(["aaaaa", "aaaaa"]);
        Assert.Equal([("a", "a"), ("aa", "a"), ("aa", "aaa")], trained.Merges);
    }

    [Fact]
    public void Of_equally_frequent_pairs_the_oldest_tokens_go_first()
    {
        var trained = new BytePairTrainer { VocabularySize = 300 }.Train(["cd ab", "cd ab"]);
        Assert.Equal([("Ġ", "a"), ("c", "d"), ("Ġa", "b")], trained.Merges);
    }

    [Fact]
    public void Texts_in_another_order_teach_the_same()
    {
        string[] texts = [.. Corpus.Texts];
        var forth = Corpus.Trainer.Train(texts);
        var back = Corpus.Trainer.Train(texts.Reverse());
        Assert.NotEmpty(forth.Merges);
        Assert.Equal(forth.Merges, back.Merges);
        Assert.Equal(forth.Tokens, back.Tokens);
    }

    [Fact]
    public void Merges_stop_at_the_size_asked_for_or_where_no_pair_is_frequent_enough()
    {
        var trainer = new BytePairTrainer { VocabularySize = 262, SpecialTokens = ["<|x|>"] };
        Assert.Equal((262, 5), (trainer.Train(Corpus.Texts).Size, trainer.Train(Corpus.Texts).Merges.Count));
        Assert.Equal([("a", "b")], new BytePairTrainer { VocabularySize = 1000 }.Train(["ab", "ab", "cd"]).Merges);
        Assert.Equal([("a", "b"), ("c", "d")], new BytePairTrainer { VocabularySize = 1000, MinCount = 1 }.Train(["ab", "ab", "cd"]).Merges);
        Assert.Empty(new BytePairTrainer { VocabularySize = 1000, MinCount = 3 }.Train(["ab", "ab", "cd"]).Merges);
    }

    [Fact]
    public void Special_tokens_are_cut_out_of_texts_and_never_learned()
    {
        var trained = new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["ab", "abc"] }.Train(["abcabc", "xabcx", "xabx", "a", "ab"]);
        Assert.Empty(trained.Merges);
        var inside = new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["<ab>", "ab"] }.Train(["a", "bb", "bb", "<ab>", "<ab>"]);
        Assert.Equal([("b", "b")], inside.Merges);
    }

    // Both special tokens stand at the same place: the longer one is cut out, so "bc" is never seen.
    [Fact]
    public void Of_special_tokens_that_begin_alike_the_longer_is_cut_out()
    {
        var trained = new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["zz", "zzbc"] }.Train(["zzbc", "zzbc", "zzde", "zzde"]);
        Assert.Equal([("d", "e")], trained.Merges);
    }

    [Fact]
    public void No_merge_makes_a_special_token()
    {
        // Texts hold " a", not "Ġa", but their merge would be written like the special token.
        var trained = new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["Ġa"] }.Train([" ab", " ab", " ac", " ac", " ad", " ad"]);
        Assert.DoesNotContain("Ġa", trained.Tokens);
        Assert.Contains("ab", trained.Tokens);
    }

    [Fact]
    public void Impossible_vocabularies_are_refused()
    {
        Assert.Contains("257", Assert.Throws<ArgumentException>(() => Train(new BytePairTrainer { VocabularySize = 256, SpecialTokens = ["<|x|>"] })).Message, StringComparison.Ordinal);
        Assert.Contains("shorter", Assert.Throws<ArgumentException>(() => Train(new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["x"] })).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => Train(new BytePairTrainer { VocabularySize = 300, SpecialTokens = ["xy", "xy"] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BytePairTrainer { VocabularySize = 300, MinCount = 0 });

        static BytePairVocabulary Train(BytePairTrainer trainer) => trainer.Train(["text"]);
    }
}
