using System.Text;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests.Tokenizers;

public sealed class BytePairVocabularyTests
{
    private static readonly Tokenizer Trained = Corpus.Vocabulary.ToTokenizer(ChatFormat.Settings);

    [Fact]
    public void Every_training_text_comes_back()
    {
        foreach (string text in Corpus.Texts)
        {
            int[] ids = Trained.Encode(text);
            Assert.True(ids.Length < Encoding.UTF8.GetByteCount(text), $"nothing merged in \"{text}\"");
            Assert.Equal(text, Trained.Decode(ids));
        }
    }

    [Fact]
    public void Arbitrary_Unicode_comes_back()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, 40).Select(_ => Character(random).ToString()));
            Assert.Equal(text, Trained.Decode(Trained.Encode(text)));
        }
    }

    [Fact]
    public void Words_encode_as_the_merges_say()
    {
        var random = new Random(2);
        string letters = "thewindboatsarloüé";
        var words = Corpus.Texts.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(word => word.All(char.IsLetter)).Distinct().ToList();
        words.AddRange(Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => letters[random.Next(letters.Length)]))));
        foreach (string word in words)
            Assert.Equal(BruteForce.Encode(" " + word, Corpus.Vocabulary.Merges), Trained.Encode(" " + word).Select(Trained.TokenText));
    }

    // With every pair learned a word is one token, if it is cut out of the text as it was in training.
    [Fact]
    public void Text_is_cut_into_words_as_in_training()
    {
        string[] words = ["😀abc", " 𝐱𝐲𝐳", "𝟘", "𝟙", " don", "'t", " don", "'ſ", " go", "!\n\n", "1", "2", " ", "3", " ", " x", "\t\n", "„Äh", "“", " ...\r\n", " ½", "  "];
        string text = string.Concat(words);
        var tokenizer = new BytePairTrainer { VocabularySize = 1000, MinCount = 1 }.Train([text]).ToTokenizer();
        Assert.Equal(Expected(words), tokenizer.Encode(text).Select(id => tokenizer.Decode([id])));

        // A space before a fraction is no part of it.
        static IEnumerable<string> Expected(string[] words) => words.SelectMany(word => word == " ½" ? [" ", "½"] : (string[])[word]);
    }

    [Fact]
    public void Ids_are_bytes_then_merges_then_special_tokens()
    {
        var vocabulary = Corpus.Vocabulary;
        Assert.Equal(320, vocabulary.Size);
        Assert.Equal(320, Trained.VocabularySize);
        Assert.Equal(((int)'A', (int)'~'), (Trained.IdOf("A"), Trained.IdOf("~")));
        Assert.Equal(32, Trained.IdOf("Ġ"));
        Assert.Equal(256, Trained.IdOf(vocabulary.Merges[0].Left + vocabulary.Merges[0].Right));
        Assert.Equal(319, vocabulary.IdOf(ChatFormat.PadToken));
        Assert.All(ChatFormat.SpecialTokens, token => Assert.Equal([vocabulary.IdOf(token)], Trained.Encode(token)));
        Assert.All(ChatFormat.SpecialTokens, token => Assert.True(Trained.IsSpecial(vocabulary.IdOf(token))));
    }

    [Fact]
    public void Special_tokens_in_what_a_user_wrote_stay_text()
    {
        int[] ids = Trained.Encode("a<|end|>", parseSpecialTokens: false);
        Assert.DoesNotContain(Corpus.Vocabulary.IdOf(ChatFormat.EndToken), ids);
        Assert.Equal("a<|end|>", Trained.Decode(ids));
    }

    [Fact]
    public void Settings_give_special_tokens_their_parts()
    {
        Assert.Equal((null, Corpus.Vocabulary.IdOf("<|end|>"), Corpus.Vocabulary.IdOf("<|pad|>")), (Trained.BosId, Trained.EosId, Trained.PadId));
        var begins = Corpus.Vocabulary.ToTokenizer(new TokenizerSettings { BeginToken = "<|system|>", AddBeginToken = true });
        Assert.Equal([Corpus.Vocabulary.IdOf("<|system|>"), .. Trained.Encode("boat")], begins.Encode("boat"));
        Assert.Equal(Trained.Encode("boat"), begins.Encode("boat", addSpecialTokens: false));
        Assert.Equal(Trained.Encode("boat", addSpecialTokens: false), Trained.Encode("boat"));
    }

    [Fact]
    public void Settings_that_name_no_special_token_are_refused()
    {
        Assert.Contains("<|stop|>", Assert.Throws<ArgumentException>(() => Corpus.Vocabulary.ToTokenizer(new TokenizerSettings { EndToken = "<|stop|>" })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Corpus.Vocabulary.ToTokenizer(new TokenizerSettings { AddBeginToken = true }));
    }

    [Fact]
    public void A_written_folder_is_read_as_the_same_tokenizer_and_template()
    {
        var folder = Directory.CreateTempSubdirectory("trimtab-training-");
        try
        {
            string path = Path.Combine(folder.FullName, "model");
            Corpus.Vocabulary.Write(path, ChatFormat.Settings);
            var read = Tokenizer.Load(path);
            Assert.All(Corpus.Texts, text => Assert.Equal(Trained.Encode(text), read.Encode(text)));
            Assert.Equal(Trained.EosId, read.EosId);
            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "tokenizer_config.json")))!;
            Assert.Equal(ChatFormat.Template, config["chat_template"]!.GetValue<string>());
            Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // All planes, with the characters that patterns treat specially more often than by chance.
    private static Rune Character(Random random) => random.Next(4) switch
    {
        0 => new Rune(random.Next(0x20, 0x7F)),
        1 => new Rune(" \n\r\t'sStTſ0½٣\u00A0\u0301\u200D"[random.Next(16)]),
        2 => new Rune(random.Next(0x80, 0xD800)),
        _ => new Rune(random.Next(0x10000, 0x110000)),
    };
}
