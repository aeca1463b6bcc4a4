using Trimtab.Steering.Sae;
using Xunit;

namespace Trimtab.Steering.Tests.Sae;

public sealed class HookNamesTests
{
    [Theory]
    [InlineData("blocks.12.hook_resid_post", "blocks.12.resid_post")]
    [InlineData("blocks.0.hook_resid_pre", "blocks.0.resid_pre")]
    [InlineData("blocks.3.hook_mlp_out", "blocks.3.mlp_out")]
    [InlineData("blocks.3.attn.hook_z", "blocks.3.attn_heads")]
    [InlineData("hook_embed", "embed")]
    [InlineData("layers.10", "blocks.10.resid_post")]
    [InlineData("model.layers.7.output", "blocks.7.resid_post")]
    [InlineData("gpt_neox.layers.2.mlp", "blocks.2.mlp_out")]
    [InlineData("transformer.h.5", "blocks.5.resid_post")]
    [InlineData("model.layers.17.self_attn.o_proj.input", "blocks.17.attn_heads")]
    [InlineData("model.layers.5.post_feedforward_layernorm.output", "blocks.5.mlp_out")]
    [InlineData("resid_post_layer_3", "blocks.3.resid_post")]
    [InlineData("embed_tokens", "embed")]
    [InlineData("final_norm", "final_norm")]
    [InlineData("blocks.3.mlp_hidden", "blocks.3.mlp_hidden")]
    [InlineData("blocks.3.router_logits", "blocks.3.router_logits")]
    public void Names_of_other_tools_become_hook_points(string name, string expected) => Assert.Equal(expected, HookNames.Parse(name)?.ToString());

    [Theory]
    [InlineData("blocks.3.ln2.hook_normalized")]
    [InlineData("blocks.hook_resid_post")]
    [InlineData("blocks.99999999999.hook_resid_post")]
    [InlineData("layers.3.mlp.experts.4")]
    [InlineData("")]
    [InlineData(null)]
    public void Names_without_an_equal_here_are_unknown(string? name) => Assert.Null(HookNames.Parse(name));

    [Theory]
    [InlineData("blocks.12.hook_resid_post")]
    [InlineData("blocks.3.attn.hook_z")]
    [InlineData("hook_embed")]
    public void Names_of_TransformerLens_come_back(string name) => Assert.Equal(name, HookNames.InTransformerLens(HookNames.Parse(name)));
}
