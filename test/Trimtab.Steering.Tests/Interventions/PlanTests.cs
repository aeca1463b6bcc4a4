using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Interventions;

public sealed class PlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-plan-").FullName;
    private readonly GoldenModel _golden = GoldenModel.Of("llama");

    private LoadedModel Model => _golden.Model;

    private Tensor V => _golden.Reference("steer.v");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_plan_file_comes_back_as_it_was_written()
    {
        var vector = Vector();
        vector.Save(Path.Combine(_folder, "v.safetensors"));
        string path = Path.Combine(_folder, "plan.json");
        File.WriteAllText(path, """
            { "trimtab": "plan", "version": 1, "interventions": [
              { "at": ["blocks.1.resid_post", "blocks.2.resid_mid"], "tokens": "after_prompt",
                "edit": { "type": "add", "direction": { "file": "v.safetensors", "from": "blocks.1.resid_post" }, "strength": "0.08n" } },
              { "at": ["embed"], "edit": { "type": "ablate", "direction": { "values": [1, 0.5] }, "share": 0.25 } } ] }
            """);
        var plan = SteeringPlan.Load(path);
        string copy = Path.Combine(_folder, "copy.json");
        plan.Save(copy);
        var again = SteeringPlan.Load(copy);
        Assert.Equal(2, again.Interventions.Length);
        Assert.Equal(plan.Interventions[0].At, again.Interventions[0].At);
        Assert.Equal(Tokens.AfterPrompt, again.Interventions[0].Tokens);
        Assert.Equal(Strength.OfNorm(0.08f), Assert.IsType<Add>(again.Interventions[0].Edit).Strength);
        var ablate = Assert.IsType<Ablate>(again.Interventions[1].Edit);
        Assert.Equal(0.25f, ablate.Share);
        Assert.Equal([1f, 0.5f], Assert.IsType<FixedDirection>(ablate.Direction).Values.Values.ToArray());
    }

    [Theory]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [], "author": "me" }""", "author")]
    [InlineData("""{ "trimtab": "plan", "version": 2, "interventions": [] }""", "version")]
    [InlineData("""{ "trimtab": "plan", "version": 1 }""", "interventions")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid"], "edit": { "type": "add" } }] }""", "interventions[0].at")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["embed"], "edit": { "type": "multiply" } }] }""", "multiply")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["embed"], "edit": { "type": "add", "direction": { "values": [1] }, "strength": 1, "scale": 2 } }] }""", "edit.scale")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["embed"], "edit": { "type": "add", "direction": { "file": "none.safetensors" }, "strength": 1 } }] }""", "none.safetensors")]
    [InlineData("""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["embed"], "edit": { "type": "ablate", "direction": { "values": [1] }, "share": 1.5 } }] }""", "share")]
    [InlineData("""[1]""", "object")]
    [InlineData("""{ "trimtab": """, "JSON")]
    public void A_file_that_is_not_understood_gets_one_error_that_names_the_member(string text, string named)
    {
        string path = Path.Combine(_folder, "bad.json");
        File.WriteAllText(path, text);
        var error = Assert.Throws<FormatException>(() => SteeringPlan.Load(path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Strength_zero_is_bit_identical_to_no_plan()
    {
        var zero = SteeringPlan.Of(
            new Intervention(HookPoint.ResidPost(1), new Add(Direction.Of(V), Strength.Raw(0))),
            new Intervention(new HookPoint(Site.AttnOut, 2), new Ablate(Direction.Of(V), 0)));
        Near.Identical(Logits(null).Values, Logits(zero.Compile(Model)).Values, "logits");
        Assert.NotEqual(Logits(null).Values.ToArray(), Logits(SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), new Add(Direction.Of(V), Strength.Raw(1)))).Compile(Model)).Values.ToArray());
    }

    [Fact]
    public void Ablated_direction_has_zero_projection()
    {
        var plan = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), new Ablate(Direction.Of(V))));
        var capture = new ActivationCapture([HookPoint.ResidPost(1)]);
        using var run = new ModelRun(Model, [new Sequence(_golden.Ids("seqB.input_ids"), steering: plan.Compile(Model))], [capture]);
        run.Forward(LogitRows.None);
        var rows = capture[HookPoint.ResidPost(1)];
        var v = V.Values;
        for (int row = 0; row < rows.RowCount; row++)
            // The rows' length is about 10, so 1e-5 is rounding of the last place.
            Assert.True(Math.Abs(System.Numerics.Tensors.TensorPrimitives.Dot(rows.Row(row), v)) / System.Numerics.Tensors.TensorPrimitives.Norm<float>(v) < 1e-5);
    }

    [Fact]
    public void A_fraction_of_the_norm_moves_by_that_fraction_of_the_recorded_norm()
    {
        var vector = Vector();
        var plan = SteeringPlan.Of(vector.At(1, Strength.OfNorm(0.5f))).Compile(Model);
        var zeros = Tensor.Zeros(new Trimtab.Tensors.Shape(1, 64));
        Assert.Equal(0.5 * 10, System.Numerics.Tensors.TensorPrimitives.Norm<float>(plan.Edits[0].Apply(zeros).Values), 4);
    }

    [Fact]
    public void A_vector_of_other_weights_is_refused_unless_overridden()
    {
        var other = SteeringVector.FromDirections([(HookPoint.ResidPost(1), V)], Vector().Provenance with { ModelFingerprint = "0000000000000000" });
        Assert.Throws<SteeringException>(() => SteeringPlan.Of(other.At(1, Strength.Raw(1))).Compile(Model));
        var anyway = new Add(new VectorDirection(other, null) { AnyModel = true }, Strength.Raw(1));
        Assert.Single(SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), anyway)).Compile(Model).Edits);
    }

    [Fact]
    public void What_cannot_apply_is_an_error_before_the_first_token()
    {
        var add = new Add(Direction.Of(V), Strength.Raw(1));
        Assert.Contains("blocks.9", Refused(new Intervention(HookPoint.ResidPost(9), add)), StringComparison.Ordinal);
        Assert.Contains("router_logits", Refused(new Intervention(new HookPoint(Site.RouterLogits, 1), add)), StringComparison.Ordinal);
        Assert.Contains("[3]", Refused(new Intervention(HookPoint.ResidPost(1), new Add(Direction.Of(Tensor.From([1f, 2, 3])), Strength.Raw(1)))), StringComparison.Ordinal);
        Assert.Contains("zero", Refused(new Intervention(HookPoint.ResidPost(1), new Ablate(Direction.Of(Tensor.Zeros(V.Shape))))), StringComparison.Ordinal);
        Assert.Contains("norm", Refused(new Intervention(HookPoint.ResidPost(1), new Add(Direction.Of(V), Strength.OfNorm(1)))), StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_that_never_fires_is_an_error()
    {
        var plan = SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], Tokens.At(500), new Add(Direction.Of(V), Strength.Raw(1))));
        var request = new GenerationRequest(_golden.Ids("seqA.input_ids"), new GenerationOptions { MaxTokens = 4 }) { Steering = plan.Compile(Model) };
        var error = Assert.Throws<SteeringException>(() => new Generator(Model).Generate(request));
        Assert.Contains("'add' at blocks.1.resid_post on tokens '500' never fired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_of_a_batch_are_steered_each_by_its_own_plan()
    {
        var options = new GenerationOptions { MaxTokens = 12 };
        int[] ids = _golden.Ids("seqA.input_ids");
        ISteering?[] plans = [null, SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), new Add(Direction.Of(V), Strength.Raw(1)))).Compile(Model), SteeringPlan.Of(new Intervention([HookPoint.ResidPost(2)], Tokens.Response, new Ablate(Direction.Of(V)))).Compile(Model)];
        var together = new Generator(Model).Generate([.. plans.Select(p => new GenerationRequest(ids, options) { Steering = p })]);
        for (int i = 0; i < plans.Length; i++)
            Assert.Equal(new Generator(Model).Generate(new GenerationRequest(ids, options) { Steering = plans[i] }).Ids, together[i].Ids);
        Assert.NotEqual(together[0].Ids, together[1].Ids);
    }

    [Fact]
    public void Every_edit_is_registered_under_its_name() => 
        Assert.Equal(["ablate", "add", "clamp-projection", "feature-clamp", "low-rank", "norm-preserving-add", "rotate"], PlanKinds<Edit>.All.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_method_is_registered_under_its_name() => 
        Assert.Equal(["lda", "linear-probe", "mean-difference", "pca", "refusal-direction", "single-latent", "target-atoms"], SteeringMethods.All.Keys.Order(StringComparer.Ordinal));

    private SteeringVector Vector() => SteeringVector.FromDirections([(HookPoint.ResidPost(1), V)],
        Provenance.For(Model, "test") with { ResidualNorms = new Dictionary<string, double> { ["blocks.1.resid_post"] = 10 } });

    private string Refused(Intervention intervention) => Assert.Throws<SteeringException>(() => SteeringPlan.Of(intervention).Compile(Model)).Message;

    private Tensor Logits(ISteering? steering)
    {
        using var run = new ModelRun(Model, [new Sequence(_golden.Ids("seqB.input_ids"), steering: steering)]);
        return run.Forward(LogitRows.All)!.Keep();
    }
}
