using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Gradients;

/// <summary>Attention patterns that a plan edits while the model is trained.</summary>
public sealed class EditedPatternTests
{
    [Theory, InlineData("q_proj"), InlineData("k_proj"), InlineData("v_proj")]
    public void An_edited_attention_pattern_is_refused_whichever_of_its_inputs_is_trained(string target)
    {
        var golden = GoldenModel.Of("llama");
        var pattern = new HookPoint(Site.AttnPattern, 0);
        var adapter = LoraAdapter.Create(golden.Model, new LoraOptions { Rank = 2, Targets = [$"model.layers.0.self_attn.{target}"] }, seed: 1).Trained();
        using var run = new LossRun(golden.Model.With(adapter).With(new TestSteering(TestEdit.Scale(pattern, 0.5f))));
        string message = Assert.Throws<SteeringException>(() => run.Loss([LossText.Whole(golden.Ids("seqA.input_ids"))], 1)).Message;
        Assert.Contains($"edited attention pattern ({pattern})", message, StringComparison.Ordinal);
    }
}
