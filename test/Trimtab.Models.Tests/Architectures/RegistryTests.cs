using Trimtab.Models.Architectures;
using Xunit;

namespace Trimtab.Models.Tests.Architectures;

/// <summary>The registry as a list that people read: a name that is missing or new shows here.</summary>
public sealed class RegistryTests
{
    [Fact]
    public void Every_architecture_is_registered_under_its_names() => Assert.Equal(
    [
        "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "GPT2LMHeadModel", "GPTNeoForCausalLM", "GPTNeoXForCausalLM", "Gemma2ForCausalLM", "Gemma3ForCausalLM", "LlamaForCausalLM",
        "MistralForCausalLM", "MixtralForCausalLM", "OlmoeForCausalLM", "Phi3ForCausalLM", "Qwen2ForCausalLM", "Qwen2MoeForCausalLM", "Qwen3ForCausalLM", "Qwen3MoeForCausalLM",
    ], Architecture.All.Keys.Order(StringComparer.Ordinal));
}
