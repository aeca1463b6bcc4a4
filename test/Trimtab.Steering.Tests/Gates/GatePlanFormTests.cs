using Trimtab.Models.Hooks;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Gates.SomeGates;

namespace Trimtab.Steering.Tests.Gates;

/// <summary>Gates as plan files hold them.</summary>
public sealed class GatePlanFormTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-gates-").FullName;

    private static Dictionary<string, Gate> All { get; } = new()
    {
        ["condition"] = new ConditionGate(Read, Direction.Of(SomeEdits.B), 0.04, GateComparison.Smaller) { Reading = GateReading.LastPromptToken },
        ["probe"] = new ProbeGate(Direction.Of(SomeEdits.A), -0.5) { Reading = GateReading.EachToken, Threshold = 0.7 },
        ["latent"] = new LatentGate(Direction.Of(SomeEdits.A), 0.1, 0.25) { At = Read, Centre = Direction.Of(SomeEdits.B) },
        ["soft"] = new SoftGate(Direction.Of(SomeEdits.A), Strength.Raw(-0.1f), Strength.Raw(0.5f)),
        ["all"] = new AllGate([Always, new NotGate(Never)]),
        ["any"] = new AnyGate([Never, new SoftGate(Direction.Of(SomeEdits.A), Strength.Raw(0), Strength.Raw(1))]),
        ["not"] = new NotGate(new AnyGate([Never, Always])),
    };

    public static TheoryNames Kinds { get; } = new(All.Keys);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_gate_is_registered_under_its_name() => Assert.Equal(All.Keys.Order(StringComparer.Ordinal), PlanKinds<Gate>.All.Keys.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Kinds))]
    public void What_a_plan_writes_it_reads(string kind)
    {
        var plan = Plan(All[kind]);
        string path = Path.Combine(_folder, "plan.json");
        plan.Save(path);
        var again = SteeringPlan.Load(path);
        Assert.Contains($"\"if\": {{\n        \"type\": \"{kind}\"", plan.ToJson(), StringComparison.Ordinal);
        Assert.Equal(plan.ToJson(), again.ToJson());
        Assert.Equal(plan.Compile(Model).Fingerprint, again.Compile(Model).Fingerprint);
        Assert.NotEqual(Plan(null).Compile(Model).Fingerprint, again.Compile(Model).Fingerprint);
    }

    [Fact]
    public void A_latent_of_an_autoencoder_is_named_by_file_and_number()
    {
        using (var made = SomeEdits.SmallSae(8))
            made.Save(Path.Combine(_folder, "sae"), "saelens");
        var plan = Load("""{ "type": "latent", "sae": "sae", "format": "saelens", "latent": 5, "threshold": 0.5 }""");
        var gate = Assert.IsType<LatentGate>(plan.Interventions[0].Gate);
        using var sae = gate.Sae;
        Assert.Equal((5, "sae", "saelens", 0.5), (gate.Latent, gate.File, gate.LoadOptions.Format, gate.Threshold));
        string copy = Path.Combine(_folder, "copy.json");
        SteeringPlan steers = Plan(gate);
        steers.Save(copy);
        var again = SteeringPlan.Load(copy);
        Assert.Equal(steers.ToJson(), again.ToJson());
        Assert.Equal(steers.Compile(Model).Fingerprint, again.Compile(Model).Fingerprint);
        Assert.Contains("if.latent — Gate: there is no latent 8", Assert.Throws<FormatException>(() => Load("""{ "type": "latent", "sae": "sae", "latent": 8, "threshold": 0 }""")).Message, StringComparison.Ordinal);
        Assert.Contains("if.threshold is missing", Assert.Throws<FormatException>(() => Load("""{ "type": "latent", "sae": "sae", "latent": 5 }""")).Message, StringComparison.Ordinal);
        Assert.Contains("never saved", Assert.Throws<FormatException>(() => Plan(gate with { File = null }).ToJson()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var gate = Assert.IsType<ProbeGate>(Load("""{ "type": "probe", "at": "blocks.2.resid_post", "direction": { "values": [1] }, "bias": 1 }""").Interventions[0].Gate);
        Assert.Equal((GateReading.PromptMean, 0.5, GateComparison.Larger, (HookPoint?)Read), (gate.Reading, gate.Threshold, gate.Comparison, gate.At));
    }

    [Theory]
    [InlineData("""{ "type": "moon" }""", "if.type is \"moon\" — known gates are all, any, condition, latent, not, probe, soft")]
    [InlineData("""{ "at": "embed" }""", "if.type is missing")]
    [InlineData("""{ "type": "condition", "direction": { "values": [1] }, "threshold": 0 }""", "if.at is missing")]
    [InlineData("""{ "type": "condition", "at": "blocks.2.resid", "direction": { "values": [1] }, "threshold": 0 }""", "if.at")]
    [InlineData("""{ "type": "condition", "at": "embed", "direction": { "values": [1] } }""", "if.threshold is missing")]
    [InlineData("""{ "type": "condition", "at": "embed", "direction": { "values": [1] }, "threshold": 0, "comparison": "above" }""", "known are larger, smaller")]
    [InlineData("""{ "type": "condition", "at": "embed", "direction": { "values": [1] }, "threshold": 0, "read": "each-token" }""", "decided once")]
    [InlineData("""{ "type": "condition", "at": "embed", "direction": { "values": [1] }, "threshold": 0, "once": true }""", "if.once is not understood")]
    [InlineData("""{ "type": "latent", "at": "embed", "direction": { "values": [1] }, "threshold": 0 }""", "if.bias is missing")]
    [InlineData("""{ "type": "soft", "direction": { "values": [1] }, "threshold": 0, "temperature": 0 }""", "above 0")]
    [InlineData("""{ "type": "all", "gates": [] }""", "at least one gate")]
    [InlineData("""{ "type": "all", "gates": [{ "type": "not", "gate": { "type": "sun" } }] }""", "if.gates[0].gate.type")]
    [InlineData("""7""", "interventions[0].if must be an object")]
    public void A_gate_that_is_not_understood_gets_an_error_that_names_the_member(string gate, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => Load(gate)).Message, StringComparison.Ordinal);

    private SteeringPlan Load(string gate)
    {
        string path = Path.Combine(_folder, "written.json");
        File.WriteAllText(path, $$"""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["embed"], "edit": { "type": "ablate", "direction": { "values": [1] } }, "if": {{gate}} }] }""");
        return SteeringPlan.Load(path);
    }
}
