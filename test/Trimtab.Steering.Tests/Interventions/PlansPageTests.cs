using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Interventions;

/// <summary>docs/plans.md shows every edit and gate, and what it shows can be read.</summary>
public sealed class PlansPageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_example_is_read_and_comes_back_as_it_was_written()
    {
        foreach (var example in Examples())
        {
            string path = Path.Combine(_folder, "plan.json"), copy = Path.Combine(_folder, "copy.json");
            File.WriteAllText(path, AsPlan(example.DeepClone().AsObject()).ToJsonString());
            foreach (string file in Members(example, "file"))
                WriteFile(Path.Combine(_folder, file));
            foreach (string folder in Members(example, "sae"))
                WriteAutoencoder(Path.Combine(_folder, folder));
            var plan = SteeringPlan.Load(path);
            plan.Save(copy);
            Assert.Equal(plan.ToJson(), SteeringPlan.Load(copy).ToJson());
        }
    }

    [Fact]
    public void Every_kind_of_edit_and_gate_has_an_example()
    {
        var shown = Examples().SelectMany(example => Members(example, "type")).ToHashSet();
        Assert.Empty(PlanKinds<Edit>.All.Keys.Concat(PlanKinds<Gate>.All.Keys).Except(shown));
    }

    private static List<JsonObject> Examples()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "plans.md"));
        var examples = new List<JsonObject>();
        foreach (string block in page.Split("```json\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)]))
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(block), new JsonReaderOptions { AllowMultipleValues = true });
            while (reader.Read())
                examples.Add(JsonNode.Parse(ref reader)!.AsObject());
        }
        return examples;
    }

    // An example is a whole plan, an edit, a gate or a direction.
    private static JsonObject AsPlan(JsonObject example)
    {
        if (example.ContainsKey("interventions"))
            return example;
        string type = example["type"]?.GetValue<string>() ?? "direction";
        bool isEdit = PlanKinds<Edit>.All.ContainsKey(type), isGate = PlanKinds<Gate>.All.ContainsKey(type);
        var intervention = new JsonObject
        {
            ["at"] = new JsonArray("blocks.14.resid_post"),
            ["edit"] = isEdit ? example : new JsonObject { ["type"] = "ablate", ["direction"] = isGate ? new JsonObject { ["values"] = new JsonArray(1) } : example },
        };
        if (isGate)
            intervention["if"] = example;
        return new JsonObject { ["trimtab"] = "plan", ["version"] = 1, ["interventions"] = new JsonArray(intervention) };
    }

    private static IEnumerable<string> Members(JsonNode? node, string name) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key == name ? [member.Value!.GetValue<string>()] : Members(member.Value, name)),
        JsonArray items => items.SelectMany(item => Members(item, name)),
        _ => [],
    };

    private static void WriteFile(string path)
    {
        if (Path.GetFileName(path) == "reft.safetensors")
            SafetensorsFile.Write(path, [("rotation", Tensor.From([1f, 0], 1, 2)), ("weight", Tensor.From([2f, 1], 1, 2)), ("bias", Tensor.From([1f]))]);
        else
            SteeringVector.FromDirections([(HookPoint.ResidPost(14), SomeVector.Direction(1))], SomeVector.Provenance with { LayerCount = 24 }).Save(path);
    }

    private static void WriteAutoencoder(string folder)
    {
        using var sae = new SparseAutoencoder(new SaeWeights(Tensor.Zeros(new Shape(48, 4)), Tensor.Zeros(new Shape(48)), Tensor.Zeros(new Shape(48, 4)), Tensor.Zeros(new Shape(4))), new TopK(4)) { CentresInput = true };
        sae.Save(folder, "sparsify");
    }
}
