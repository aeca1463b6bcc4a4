using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Golden;

/// <summary>Steered and ablated runs against the reference implementation; tolerances as for the unsteered ones.</summary>
public sealed class SteeredParityTests
{
    private const float Tolerance = 1e-4f;

    public static TheoryNames Models { get; } = new(["llama", "gemma2", "qwen2"]);

    [Theory, MemberData(nameof(Models))]
    public void Adding_a_vector_at_all_tokens_equals_the_reference(string name) => Check(name, "steer_all", SteerAt(name, Tokens.All));

    [Theory, MemberData(nameof(Models))]
    public void Adding_a_vector_at_the_last_token_equals_the_reference(string name) => Check(name, "steer_last", SteerAt(name, Tokens.Last));

    [Theory, MemberData(nameof(Models))]
    public void Ablating_a_direction_at_every_block_equals_the_reference(string name) => Check(name, "ablate", AblateAt(name, withEmbedding: false));

    [Theory, MemberData(nameof(Models))]
    public void Ablating_a_direction_everywhere_equals_the_reference(string name) => Check(name, "ablate_embed", AblateAt(name, withEmbedding: true));

    private static SteeringPlan SteerAt(string name, Tokens tokens) =>
        SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], tokens, new Add(Direction.Of(GoldenModel.Of(name).Reference("steer.v")), Strength.Raw(1))));

    private static SteeringPlan AblateAt(string name, bool withEmbedding)
    {
        var golden = GoldenModel.Of(name);
        IEnumerable<HookPoint> points = Enumerable.Range(0, golden.Model.LayerCount).Select(HookPoint.ResidPost);
        return SteeringPlan.Of(new Intervention([.. withEmbedding ? points.Prepend(HookPoint.Embed) : points], Tokens.All, new Ablate(Direction.Of(golden.Reference("steer.v")))));
    }

    private static void Check(string name, string prefix, SteeringPlan plan)
    {
        var golden = GoldenModel.Of(name);
        var steering = plan.Compile(golden.Model);
        foreach (string text in (string[])["seqA", "seqB"])
        {
            int[] ids = golden.Ids($"{text}.input_ids");
            CheckStates(golden, $"{prefix}.{text}", new Sequence(ids, steering: steering));
            if (golden.Has($"{prefix}.{text}.greedy"))
                Assert.Equal(golden.Ids($"{prefix}.{text}.greedy"), new Generator(golden.Model)
                    .Generate(new GenerationRequest(ids, new GenerationOptions { MaxTokens = 16 }) { Steering = steering }).Ids);
        }
    }

    private static void CheckStates(GoldenModel golden, string prefix, Sequence sequence)
    {
        var capture = new ActivationCapture(Enumerable.Range(0, golden.Model.LayerCount).Select(HookPoint.ResidPost).Append(HookPoint.Embed).Append(HookPoint.Logits));
        using var run = new ModelRun(golden.Model, [sequence], [capture]);
        run.Forward(LogitRows.All);
        sequence.RequireAllFired();
        var residual = golden.Reference($"{prefix}.residual");
        Near.Equal(residual.At(0), capture[HookPoint.Embed], Tolerance, $"{prefix}.residual[0]");
        for (int layer = 0; layer < golden.Model.LayerCount; layer++)
            Near.Equal(residual.At(layer + 1), capture[HookPoint.ResidPost(layer)], Tolerance, $"{prefix}.residual[{layer + 1}]");
        Near.Equal(golden.Reference($"{prefix}.logits"), capture[HookPoint.Logits], Tolerance, $"{prefix}.logits");
    }
}
