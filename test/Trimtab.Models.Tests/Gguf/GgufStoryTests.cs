using System.Text.Json.Nodes;
using Trimtab.Models.Generation;
using Trimtab.Models.Gguf;
using Trimtab.Models.Text;
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
        {
            // The story tokenizer ranks pairs and cannot spell all bytes; the file says neither.
            var notes = ModelConverter.ToGguf(original, folder.File("model.gguf"), new ConversionOptions { Type = DType.F32 }).Notes;
            Assert.Contains(notes, note => note.Contains("further pairs may merge", StringComparison.Ordinal));
        }
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

    [Fact]
    public void Chat_template_and_end_tokens_come_into_the_file()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        using var folder = new TemporaryFolder();
        string source = folder.File("source");
        Directory.CreateDirectory(source);
        foreach (string name in (string[])["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
            File.Copy(Path.Combine(Repository.Shared!, "models", "stories656k-llama", name), Path.Combine(source, name));
        File.WriteAllText(Path.Combine(source, "chat_template.jinja"), "{{ messages[0].content }}");
        File.WriteAllText(Path.Combine(source, "generation_config.json"), """{"eos_token_id": [5, 2, 7, 9]}""");
        IReadOnlyList<string> notes;
        using (var original = ModelLoader.Load(source))
            notes = ModelConverter.ToGguf(original, folder.File("model.gguf")).Notes;
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Equal("{{ messages[0].content }}", model.ChatTemplate!.Source);
        Assert.Equal([2, 5, 7], model.GenerationDefaults.StopTokens);
        Assert.Contains(notes, note => note.EndsWith("the file has no name for: 9.", StringComparison.Ordinal));
    }

    private static int[] Whole(JsonNode node) => [.. node.AsArray().Select(n => n!.GetValue<int>())];
}
