using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Edits;

/// <summary>Every kind of edit as plan files hold it.</summary>
public sealed class EditPlanFormTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-edits-").FullName;

    public static TheoryNames Kinds { get; } = new(All.Keys);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Kinds))]
    public void What_a_plan_writes_it_reads(string kind)
    {
        var plan = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), All[kind]));
        string path = Path.Combine(_folder, "plan.json");
        plan.Save(path);
        var again = SteeringPlan.Load(path);
        Assert.Equal(kind, JsonNode.Parse(plan.ToJson())!["interventions"]![0]!["edit"]!["type"]!.GetValue<string>());
        Assert.Equal(plan.ToJson(), again.ToJson());
        Assert.Equal(plan.Compile(Model).Fingerprint, again.Compile(Model).Fingerprint);
    }

    [Fact]
    public void A_low_rank_edit_keeps_the_file_it_came_from()
    {
        var edit = (LowRank)All["low-rank"];
        SafetensorsFile.Write(Path.Combine(_folder, "reft.safetensors"), [("rotation", edit.Rotation), ("weight", edit.Weight), ("bias", edit.Bias)]);
        var plan = Load("""{ "type": "low-rank", "file": "reft.safetensors" }""");
        Assert.Contains("\"file\": \"reft.safetensors\"", plan.ToJson(), StringComparison.Ordinal);
        Assert.Equal(SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), edit)).Compile(Model).Fingerprint, plan.Compile(Model).Fingerprint);
    }

    [Fact]
    public void A_low_rank_file_with_other_tensors_or_a_skewed_rotation_is_refused()
    {
        var edit = (LowRank)All["low-rank"];
        string path = Path.Combine(_folder, "reft.safetensors");
        SafetensorsFile.Write(path, [("rotation", edit.Rotation), ("weight", edit.Weight), ("scale", edit.Bias)]);
        Assert.Contains("scale", Assert.Throws<FormatException>(() => LowRank.Load(path)).Message, StringComparison.Ordinal);
        SafetensorsFile.Write(path, [("rotation", edit.Weight), ("weight", edit.Weight), ("bias", edit.Bias)]);
        Assert.Contains("not orthonormal", Assert.Throws<FormatException>(() => LowRank.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "type": "clamp-projection", "direction": { "values": [1] } }""", "give min, max or both")]
    [InlineData("""{ "type": "clamp-projection", "direction": { "values": [1] }, "min": "much" }""", "edit.min")]
    [InlineData("""{ "type": "rotate", "from": { "values": [1] }, "toward": { "values": [1] } }""", "edit.degrees is missing")]
    [InlineData("""{ "type": "rotate", "from": { "values": [1] }, "toward": { "values": [1] }, "degrees": "90" }""", "a number is needed")]
    [InlineData("""{ "type": "rotate", "from": { "values": [1] }, "toward": { "values": [1] }, "degrees": 90, "radians": 1 }""", "edit.radians is not understood")]
    [InlineData("""{ "type": "low-rank", "rotation": [[1, 0], [0]], "weight": [[1, 0]], "bias": [0] }""", "rows of one length")]
    [InlineData("""{ "type": "low-rank", "rotation": [1, 0], "weight": [[1, 0]], "bias": [0] }""", "a list of rows")]
    [InlineData("""{ "type": "low-rank", "rotation": [[2, 0]], "weight": [[1, 0]], "bias": [0] }""", "not orthonormal")]
    [InlineData("""{ "type": "low-rank", "file": "none.safetensors" }""", "no such file")]
    [InlineData("""{ "type": "norm-preserving-add", "direction": { "values": [1] }, "strength": 1, "share": 1 }""", "edit.share is not understood")]
    public void An_edit_that_is_not_understood_gets_an_error_that_names_the_member(string edit, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => Load(edit)).Message, StringComparison.Ordinal);

    private SteeringPlan Load(string edit)
    {
        string path = Path.Combine(_folder, "written.json");
        File.WriteAllText(path, $$"""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": {{edit}} }] }""");
        return SteeringPlan.Load(path);
    }
}
