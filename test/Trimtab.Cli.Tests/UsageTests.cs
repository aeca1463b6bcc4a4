using Xunit;

namespace Trimtab.Cli.Tests;

/// <summary>What a person gets to see who writes something wrong: one line and exit code 2.</summary>
public sealed class UsageTests
{
    private static readonly string Llama = ReferenceModel.Folder("llama");

    [Fact]
    public void No_verb_is_wrong_usage() => CommandLine.Run().Refused("trimtab --help");

    [Fact]
    public void An_unknown_verb_is_named() => CommandLine.Run("generat").Refused("'generat'", "trimtab --help");

    [Fact]
    public void An_unknown_option_is_named() => CommandLine.Run("generate", "-m", Llama, "--bogus", "1").Refused("'--bogus'", "trimtab generate --help");

    [Fact]
    public void An_unknown_method_is_named() => CommandLine.Run("fit", "magic", "-m", Llama, "-d", "x.jsonl", "-o", "x.safetensors").Refused("'magic'", "trimtab fit --help");

    [Fact]
    public void A_missing_required_option_is_named() => CommandLine.Run("fit", "mean-difference", "-m", Llama, "-o", "x.safetensors").Refused("--data");

    [Fact]
    public void Help_is_no_error() => Assert.Contains("--steer", CommandLine.Run("generate", "--help").Succeeded().Output, StringComparison.Ordinal);

    [Fact]
    public void A_missing_model_is_named() => CommandLine.Run("generate", "-m", "no-such-folder", "--ids", "1").Refused("no-such-folder", "config.json");

    [Fact]
    public void A_folder_without_configuration_is_no_model()
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("generate", "-m", Path.GetDirectoryName(folder["x"])!, "--ids", "1").Refused("config.json");
    }

    [Theory]
    [InlineData("1,x", "'x'")]
    [InlineData("-1", "'-1'")]
    [InlineData("1.5", "'1.5'")]
    [InlineData("331", "331")]
    public void An_id_that_is_no_token_is_named(string ids, string named) => CommandLine.Run("generate", "-m", Llama, "--ids", ids).Refused("--ids", named);

    [Fact]
    public void Prompt_and_ids_exclude_each_other() => CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--prompt", "a").Refused("--prompt", "--ids");

    [Fact]
    public void A_cache_type_is_one_of_two()
    {
        CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--kv-cache", "q8").Refused("'q8'", "f16");
        CommandLine.Run("generate", "-m", Llama, "--ids", "1,2", "--max-tokens", "2", "--kv-cache", "f16").Succeeded();
    }

    [Fact]
    public void A_prompt_needs_a_tokenizer() => CommandLine.Run("generate", "-m", Llama, "--raw", "--prompt", "a").Refused("tokenizer");

    [Fact]
    public void A_system_message_beside_ids_would_be_ignored_and_is_refused() => CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--system", "Be kind.").Refused("--system");

    [Theory]
    [InlineData("--temperature", "0.5")]
    [InlineData("--top-k", "3")]
    [InlineData("--top-p", "0.5")]
    [InlineData("--min-p", "0.1")]
    public void Settings_of_the_draw_exclude_greedy_choice(string option, string value) => CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--greedy", option, value).Refused("--greedy");

    [Theory]
    [InlineData("--max-tokens", "0", "MaxTokens")]
    [InlineData("--temperature", "0", "Temperature")]
    [InlineData("--top-p", "1.5", "TopP")]
    public void A_setting_out_of_range_is_named_with_its_value(string option, string value, string named) => CommandLine.Run("generate", "-m", Llama, "--ids", "1", option, value).Refused(named, value);

    [Theory]
    [InlineData("mood", "VECTOR@LAYER:STRENGTH")]
    [InlineData("mood.safetensors@1", "VECTOR@LAYER:STRENGTH")]
    [InlineData("no-such.safetensors@1:2", "no-such.safetensors")]
    public void A_steer_that_is_not_understood_is_named(string steer, string named) => CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--steer", steer).Refused(named);

    [Fact]
    public void Steer_tokens_without_a_steer_would_be_ignored_and_are_refused() => CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--steer-tokens", "prompt").Refused("--steer");

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{ "trimtab": "plan", "version": 2, "interventions": [] }""", "version")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [], "scale": 2 }""", "scale")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_pots"], "edit": { "type": "add", "direction": { "values": [1] }, "strength": 1 } }] }""", "resid_pots")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.9.resid_post"], "edit": { "type": "add", "direction": { "values": [1] }, "strength": 1 } }] }""", "blocks.9.resid_post")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": { "type": "add", "direction": { "values": [1] }, "strength": 1 } }] }""", "64 values")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": { "type": "sub" } }] }""", "\"sub\"")]
    public void A_plan_that_is_not_understood_is_refused_with_the_member(string plan, string named)
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("generate", "-m", Llama, "--ids", "1", "--plan", folder.Write("plan.json", plan)).Refused(named);
    }

    [Fact]
    public void A_plan_that_never_fires_is_an_error()
    {
        using var folder = new TemporaryFolder();
        string plan = folder.Write("plan.json", Plans.Add(new float[64], "blocks.1.resid_post", "500"));
        var outcome = CommandLine.Run("generate", "-m", Llama, "--ids", "1,2,3", "--max-tokens", "2", "--greedy", "--json", "--plan", plan);
        outcome.Refused("never fired", "500");
    }

    [Fact]
    public void Top_below_one_is_refused() => CommandLine.Run("logits", "-m", Llama, "--ids", "1", "--top", "0").Refused("--top");

    [Fact]
    public void Inspecting_nothing_is_refused() => CommandLine.Run("inspect", "no-such-file.safetensors").Refused("no-such-file.safetensors");
}
