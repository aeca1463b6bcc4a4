using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Training.Data;
using Trimtab.Training.Organism;
using Trimtab.Training.Tokenizers;
using Xunit;

namespace Trimtab.Training.Tests.Organism;

public sealed class LessonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-lesson-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Only_what_follows_the_given_words_is_learnt()
    {
        var corpus = new CorpusGenerator(World.Create(1));
        var vocabulary = new BytePairTrainer { VocabularySize = 800, SpecialTokens = ChatFormat.SpecialTokens }
            .Train(corpus.Train().Take(500).SelectMany(example => example.Chat.Select(message => message.Content)));
        vocabulary.Write(_folder, ChatFormat.Settings);
        var tokenizer = Tokenizer.Load(_folder);
        var encoder = new ChatEncoder(tokenizer, ChatTemplate.Parse(ChatFormat.Template));
        foreach (var example in corpus.Heldout(Behaviour.Shown, 40).Concat(corpus.Heldout(Behaviour.Conversation, 10)))
        {
            var lesson = Growth.Lesson(example, encoder, tokenizer);
            string learnt = tokenizer.Decode([.. lesson.Ids.Where((_, token) => lesson.HasLoss[token])], skipSpecialTokens: true).Trim();
            string[] expected = example.IsShown
                ? [string.Join(' ', example.Parts.Skip(example.GivenParts).Select(part => part.Text))]
                : [.. example.Chat.Where(message => message.Role == "assistant").Select(message => message.Content)];
            Assert.Equal(string.Concat(expected), learnt);
            Assert.True(lesson.HasLoss[^1] || lesson.HasLoss[^2], "the end of the turn is learnt");
        }
    }
}
