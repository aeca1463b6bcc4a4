using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Personas;

/// <summary>Writes what a run found: the chosen vector and a plan that steers by it, the report, the summary, and the record of the run.</summary>
internal sealed class PersonaFiles(PersonaSetting setting, PersonaRun run)
{
    private const string VectorFile = "vector.safetensors", PlanFile = "plan.json", ReportFile = "report.html", SummaryFile = "summary.md", RecordFile = "run.json";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Removes what an earlier run of other inputs found, for it would be taken for this one's if this one finds nothing or is killed.</summary>
    public static void Remove(PersonaRun run)
    {
        foreach (string file in (string[])[VectorFile, PlanFile, ReportFile, SummaryFile, RecordFile])
            File.Delete(run[file]);
    }

    /// <summary>Writes the files; where nothing was chosen, an earlier run's vector and plan are removed, for they would be taken for this one's.</summary>
    public void Write(PersonaResult result)
    {
        if (result.Chosen is { } chosen)
        {
            var vector = result.Vectors.Response.Only(HookPoint.ResidPost(chosen.Layer!.Value));
            vector.Save(run[VectorFile]);
            new SteeringPlan([new Intervention(vector.HookPoints[0], new Add(new VectorDirection(vector, From: null) { File = VectorFile }, Strength.OfNorm(chosen.Strength)))]).Save(run[PlanFile]);
        }
        else
        {
            File.Delete(run[VectorFile]);
            File.Delete(run[PlanFile]);
        }
        AtomicFile.WriteText(run[ReportFile], result.ToHtml());
        AtomicFile.WriteText(run[SummaryFile], Summary(result));
        AtomicFile.WriteText(run[RecordFile], Record(result).ToJsonString(Readable) + "\n");
    }

    private JsonObject Record(PersonaResult result) => new()
    {
        ["tool"] = Provenance.CurrentTool,
        ["trait"] = result.Trait,
        ["model"] = new JsonObject
        {
            ["name"] = setting.Model.Name, ["architecture"] = setting.Model.Architecture, ["fingerprint"] = setting.Model.Fingerprint, ["quantisation"] = setting.Model.Quantisation?.Type.ToString(),
            ["chat_template"] = setting.Model.ChatTemplate?.Hash, ["identity"] = setting.ModelIdentity,
        },
        ["artefact"] = StepJson.Digest(StepJson.Line(setting.Artefact)),
        ["judges"] = new JsonObject { ["trait"] = setting.Trait.Identity, ["coherence"] = setting.Coherence.Identity },
        ["world"] = setting.World?.Seed,
        ["options"] = JsonNode.Parse(StepJson.Line(setting.Options)),
        ["inputs"] = new JsonObject(run.Steps.Select(step => KeyValuePair.Create(step.Key, (JsonNode?)step.Value))),
        ["layer"] = result.Chosen?.Layer,
        ["strength"] = result.Chosen?.Strength,
        ["validated"] = result.IsValidated,
    };

    private static string Summary(PersonaResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# A persona vector for \"{result.Trait}\" in {result.Model}\n\n{result.Verdict}\n\nAnswers: {result.Funnel}.\n\n");
        if (result.Verification is { } verified)
        {
            text.Append(Table(verified.Arms, result.Trait)).Append("\nDose and response:\n\n").Append(Table(verified.Dose, result.Trait));
            text.Append(CultureInfo.InvariantCulture, $"\nValues with 95 % intervals. To steer: `trimtab chat --plan {PlanFile}`.\n");
        }
        return text.ToString();
    }

    private static string Table(IReadOnlyList<Arm> arms, string trait)
    {
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"| arm | strength | {trait} | coherence | facts right, % | refused | unreadable |\n|---|---:|---:|---:|---:|---:|---:|\n");
        foreach (var arm in arms)
            table.Append(CultureInfo.InvariantCulture, $"| {arm.Name} | {arm.Strength:+0.##;-0.##;0} | {arm.Trait} | {arm.CoherenceInWords()} | {arm.Capability} | {arm.Refused} | {arm.Unreadable} |\n");
        return table.ToString();
    }
}
