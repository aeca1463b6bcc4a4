using System.Text.Json.Nodes;
using Trimtab.Models.Generation;
using Xunit;

namespace Trimtab.Models.Tests.Generation;

public sealed class GenerationConfigTests
{
    [Fact]
    public void Published_settings_are_respected()
    {
        var options = Read("""
            { "bos_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "pad_token_id": 151643, "repetition_penalty": 1.05,
              "temperature": 0.7, "top_k": 20, "top_p": 0.8, "transformers_version": "4.37.0" }
            """);
        Assert.True(options.Sample);
        Assert.Equal([151645, 151643], options.StopTokens);
        Assert.Equal((1.05f, 0.7f, 20, 0.8f), (options.RepetitionPenalty, options.Temperature, options.TopK, options.TopP));
    }

    [Fact]
    public void Sampling_without_a_top_k_draws_from_fifty_and_greedy_from_all()
    {
        Assert.Equal(50, Read("""{ "do_sample": true }""").TopK);
        Assert.Equal(0, Read("""{ "eos_token_id": 2 }""").TopK);
    }

    [Theory]
    [InlineData("""{ "num_beams": 4 }""", "num_beams")]
    [InlineData("""{ "no_repeat_ngram_size": 3 }""", "no_repeat_ngram_size")]
    [InlineData("""{ "magic": 1 }""", "magic")]
    [InlineData("""{ "do_sample": true, "top_p": 2 }""", "TopP")]
    [InlineData("""{ "temperature": "warm" }""", "temperature")]
    public void A_setting_that_is_not_understood_is_named(string json, string named) =>
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "num_beams": 1, "typical_p": 1.0, "no_repeat_ngram_size": 0, "length_penalty": 1.0 }"""), InlineData("""{ "temperature": 0 }""")]
    public void Settings_that_are_switched_off_are_accepted(string json) => Assert.False(Read(json).Sample);

    private static GenerationOptions Read(string json) => GenerationConfig.Read(JsonNode.Parse(json)!.AsObject(), "generation_config.json");
}
