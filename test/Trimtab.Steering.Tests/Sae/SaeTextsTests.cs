using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Steering.Sae;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Sae;

public sealed class SaeTextsTests
{
    [Theory, InlineData(true), InlineData(false), InlineData(null)]
    public void A_window_has_the_length_that_is_asked_for_with_the_token_that_begins_it(bool? prepends)
    {
        using var words = new WordModel();
        string config = Path.Combine(words.Folder, "tokenizer_config.json"), text = Path.Combine(words.Folder, "text.txt");
        File.WriteAllText(config, new JsonObject { ["bos_token"] = "w1" }.ToJsonString());
        File.WriteAllText(text, string.Join(' ', Enumerable.Range(30, 20).Select(id => $"w{id}")));
        using var model = ModelLoader.Load(words.Folder);
        Assert.Equal(1, model.Tokenizer!.BosId);
        var texts = SaeTexts.Load(text, model, new SaeOrigin { PrependsBos = prepends }, window: 8);
        int begin = prepends is true ? 1 : 0;
        Assert.Equal(8, texts[0].Ids.Length);
        Assert.All(texts, window => Assert.InRange(window.Ids.Length, 2, 8));
        Assert.All(texts, window => Assert.Equal(begin == 1, window.Ids[0] == 1));
        Assert.Equal(Enumerable.Range(30, 20), texts.SelectMany(window => window.Ids[begin..]));
    }
}
