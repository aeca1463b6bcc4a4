using System.Text.Json.Nodes;
using Trimtab.Models.Generation;
using Trimtab.Models.Gguf;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Gguf;

/// <summary>A converted file works with text: the trained story model, from its folder into a GGUF file, against numbers of an independent reference.</summary>
public sealed class GgufStoryTests
{
    [Fact]
    public void The_converted_story_model_tells_its_reference_stories()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string source = Path.Combine(Repository.Shared!, "models", "stories656k-llama");
        using var folder = new TemporaryFolder();
        using (var original = ModelLoader.Load(source))
            ModelConverter.ToGguf(original, folder.File("model.gguf"), new ConversionOptions { Type = DType.F32 });
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Equal([2], model.GenerationDefaults.StopTokens);
        foreach (var item in JsonNode.Parse(File.ReadAllText(Path.Combine(source, "golden.json")))!["cases"]!.AsArray())
        {
            int[] prompt = model.EncodeText(item!["prompt"]!.GetValue<string>());
            Assert.Equal(Whole(item["prompt_ids"]!), prompt);
            int[] greedy = Whole(item["greedy_ids"]!);
            var text = new Generator(model).Generate(new GenerationRequest(prompt, new GenerationOptions { MaxTokens = greedy.Length }));
            Assert.Equal(greedy, text.Ids);
            Assert.Equal(item["greedy_text"]!.GetValue<string>(), text.Text);
        }
    }

    private static int[] Whole(JsonNode node) => [.. node.AsArray().Select(n => n!.GetValue<int>())];
}
