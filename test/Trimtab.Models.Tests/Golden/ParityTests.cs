using System.Globalization;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Golden;

/// <summary>
/// Every architecture against the numbers of its reference implementation. 1e-4 absolute is about ten times the largest difference between the
/// reference in single and in double precision, and a seventh of the least that a wrong feature changes (test/golden/sensitivity.json).
/// </summary>
public sealed class ParityTests
{
    private const float Tolerance = 1e-4f;

    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void Logits_equal_the_reference(string name) => EachText(name, (golden, text, capture, sequence) =>
        Near.Equal(golden.Reference($"{text}.logits"), capture.Of(sequence, HookPoint.Logits), Tolerance, $"{text}.logits"));

    [Theory, MemberData(nameof(Models))]
    public void Every_residual_equals_the_reference(string name) => EachText(name, (golden, text, capture, sequence) =>
    {
        int layers = golden.Model.LayerCount;
        var states = golden.Reference($"{text}.hidden_states");
        Near.Equal(states.At(0), capture.Of(sequence, HookPoint.Embed), Tolerance, $"{text}.hidden_states[0]");
        for (int layer = 0; layer < layers - 1; layer++)
            Near.Equal(states.At(layer + 1), capture.Of(sequence, HookPoint.ResidPost(layer)), Tolerance, $"{text}.hidden_states[{layer + 1}]");
        Near.Equal(golden.Reference($"{text}.pre_final_norm"), capture.Of(sequence, HookPoint.ResidPost(layers - 1)), Tolerance, $"{text}.pre_final_norm");
        Near.Equal(states.At(layers), capture.Of(sequence, HookPoint.FinalNorm), Tolerance, $"{text}.hidden_states[{layers}]");
    });

    [Theory, MemberData(nameof(Models))]
    public void Attention_and_feed_forward_outputs_equal_the_reference(string name) => EachText(name, (golden, text, capture, sequence) =>
    {
        for (int layer = 0; layer < golden.Model.LayerCount; layer++)
        {
            // The reference records the modules' outputs; what is added to the stream has gone through Gemma's post-norms as well.
            var attention = AfterPostNorm(golden, layer, "post_attention_layernorm", golden.Reference($"{text}.attn_out").At(layer));
            var feedForward = AfterPostNorm(golden, layer, "post_feedforward_layernorm", golden.Reference($"{text}.mlp_out").At(layer));
            Near.Equal(attention, capture.Of(sequence, new HookPoint(Site.AttnOut, layer)), Tolerance, $"{text}.attn_out[{layer}]");
            Near.Equal(feedForward, capture.Of(sequence, new HookPoint(Site.MlpOut, layer)), Tolerance, $"{text}.mlp_out[{layer}]");
        }
    });

    [Theory, MemberData(nameof(Models))]
    public void Attention_probabilities_equal_the_reference(string name) => EachText(name, (golden, text, capture, sequence) =>
    {
        int heads = golden.Model.Config.HeadCount, length = sequence.Ids.Count;
        for (int layer = 0; layer < golden.Model.LayerCount; layer++)
        {
            var expected = golden.Reference($"{text}.attentions").At(layer);
            var actual = capture.Of(sequence, new HookPoint(Site.AttnPattern, layer));
            for (int row = 0; row < length; row++)
                for (int head = 0; head < heads; head++)
                    Near.Equal(expected.At(head).Row(row), actual.Row(row).Slice(head * length, length), Tolerance, $"{text}.attentions[{layer}, {head}, {row}]");
        }
    });

    [Theory, MemberData(nameof(Models))]
    public void Router_logits_chosen_experts_and_their_weights_equal_the_reference(string name) => EachText(name, (golden, text, capture, sequence) =>
    {
        foreach (string tensor in golden.TensorNames.Where(n => n.StartsWith($"{text}.router_logits.", StringComparison.Ordinal)))
        {
            int layer = int.Parse(tensor.Split('.')[^1], CultureInfo.InvariantCulture);
            Near.Equal(golden.Reference(tensor), capture.Of(sequence, new HookPoint(Site.RouterLogits, layer)), Tolerance, tensor);
            var weights = capture.Of(sequence, new HookPoint(Site.RouterWeights, layer));
            int[] experts = golden.Ids($"{text}.experts.{layer}");
            var expected = golden.Reference($"{text}.expert_weights.{layer}");
            int chosen = expected.Columns;
            for (int row = 0; row < weights.RowCount; row++)
            {
                float[] actual = weights.Row(row).ToArray();
                int[] ranked = [.. Enumerable.Range(0, actual.Length).Where(e => actual[e] != 0).OrderByDescending(e => actual[e])];
                Assert.Equal(experts[(row * chosen)..((row + 1) * chosen)], ranked);
                Near.Equal(expected.Row(row), ranked.Select(e => actual[e]).ToArray(), Tolerance, $"{text}.expert_weights.{layer}[{row}]");
            }
        }
    });

    [Theory, MemberData(nameof(Models))]
    public void Greedy_continuation_equals_the_reference(string name)
    {
        var golden = GoldenModel.Of(name);
        foreach (string text in (string[])["seqA", "seqB"])
        {
            int[] expected = golden.Ids($"{text}.greedy");
            Assert.Equal(expected, Greedy(golden.Model, golden.Ids($"{text}.input_ids"), expected.Length, cached: false));
            Assert.Equal(expected, Greedy(golden.Model, golden.Ids($"{text}.input_ids"), expected.Length, cached: true));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void A_batch_of_unequal_lengths_equals_the_reference(string name)
    {
        // These two choose their rotary frequencies by the longest row of a padded batch, where Trimtab's rows are independent.
        if (name is "phi3_longrope" or "llama_dynamic_ntk")
            return;
        var golden = GoldenModel.Of(name);
        Sequence[] batch = [new(golden.Ids("seqA.input_ids")), new(golden.Ids("seqB.input_ids"))];
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(golden.Model, batch, [capture]);
        run.Forward(LogitRows.All);
        var expected = golden.Reference("batch.logits");
        int padding = batch[1].Ids.Count - batch[0].Ids.Count;
        Near.Equal(expected.At(0).Slice(padding, batch[0].Ids.Count), capture.Of(batch[0], HookPoint.Logits), Tolerance, "batch.logits[0]");
        Near.Equal(expected.At(1), capture.Of(batch[1], HookPoint.Logits), Tolerance, "batch.logits[1]");
    }

    [Fact]
    public void DeepSeek_V2_computes_what_it_was_trained_with()
    {
        var golden = GoldenModel.Of("deepseek_v2");
        using var model = ModelLoader.Load(golden.Folder);
        foreach (string text in (string[])["seqA", "seqB"])
        {
            int[] ids = golden.Ids($"{text}.input_ids");
            var capture = new ActivationCapture([HookPoint.Logits]);
            using var run = new ModelRun(model, [new Sequence(ids)], [capture]);
            run.Forward(LogitRows.All);
            Near.Equal(golden.Reference($"mscale.{text}.logits"), capture[HookPoint.Logits], Tolerance, $"mscale.{text}.logits");
            Assert.Equal(golden.Ids($"mscale.{text}.greedy"), Greedy(model, ids, 16, cached: true));
        }
    }

    internal static int[] Greedy(LoadedModel model, int[] prompt, int count, bool cached, ISteering? steering = null)
    {
        using var cache = cached ? new KvCache(model.LayerCount, 4) : null;
        var sequence = new Sequence(prompt, steering: steering) { Cache = cache };
        using var run = new ModelRun(model, [sequence]);
        var ids = new int[count];
        for (int i = 0; i < count; i++)
        {
            var logits = run.Forward(LogitRows.Last)!;
            ids[i] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(logits.Values);
            sequence.Append(ids[i]);
        }
        return ids;
    }

    private static void EachText(string name, Action<GoldenModel, string, ActivationCapture, Sequence> check)
    {
        var golden = GoldenModel.Of(name);
        foreach (string text in (string[])["seqA", "seqB"])
        {
            var sequence = new Sequence(golden.Ids($"{text}.input_ids"));
            var capture = new ActivationCapture(golden.Model.HookPoints);
            using var run = new ModelRun(golden.Model, [sequence], [capture]);
            run.Forward(LogitRows.All);
            check(golden, text, capture, sequence);
        }
    }

    private static Tensor AfterPostNorm(GoldenModel golden, int layer, string norm, Tensor output)
    {
        if (!golden.Name.StartsWith("gemma", StringComparison.Ordinal))
            return output;
        var weight = golden.Model.Weights[$"model.layers.{layer}.{norm}.weight"].Keep();
        foreach (ref float factor in weight.Values)
            factor += 1;
        return output.RmsNorm(weight, golden.Model.Config.NormEps);
    }
}
