using System.Text.Json.Nodes;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// Makes the vectors from the pairs that are kept, or loads those that were made from the same ones. Each answer is read under the instruction that it was given under, as
/// published.
/// </summary>
internal sealed class ExtractionStep(PersonaSetting setting, PersonaRun run)
{
    private const int FewestPairs = 2;

    /// <summary>The vectors.</summary>
    /// <exception cref="InvalidOperationException">Too few pairs are kept; the message says why the others were dropped.</exception>
    public PersonaVectors Run(IReadOnlyList<RolloutPair> pairs, PairFunnel funnel)
    {
        string inputs = StepJson.Digest([setting.ModelIdentity, $"{setting.Options.RoleSentence} {setting.Options.SeedOf(3)}", .. pairs.Select(StepJson.Line)]);
        run.Record("vectors", inputs);
        if (Load(inputs) is { } made)
            return made;
        PersonaFiles.Remove(run);
        if (pairs.Count < FewestPairs)
            throw new InvalidOperationException($"Persona: {pairs.Count} pairs are left, and {FewestPairs} are needed for the vectors and their control — {funnel}. See {run["rollouts.jsonl"]} and {run["judged.jsonl"]}.");
        var examples = pairs.SelectMany(pair => (EncodedExample[])[Encode(pair, positive: true), Encode(pair, positive: false)]).ToList();
        var vectors = PersonaVectors.Read(setting.Model, examples, setting.Options.SeedOf(3), inputs, new JsonObject { ["trait"] = setting.Artefact.Name, ["role-sentence"] = setting.Options.RoleSentence }, run.Cancellation);
        foreach (var vector in (SteeringVector[])[vectors.Response, vectors.Prompt, vectors.LastPromptToken, vectors.Shuffled])
            vector.Save(PathOf(vector.Name));
        return vectors;
    }

    private EncodedExample Encode(RolloutPair pair, bool positive) =>
        ExampleEncoder.Encode(setting.Model, setting.Asked(pair.Instruction, positive, pair.Question), positive ? pair.Positive : pair.Negative);

    private PersonaVectors? Load(string inputs)
    {
        string[] files = [PathOf("response_avg"), PathOf("prompt_avg"), PathOf("prompt_last"), PathOf("shuffled")];
        if (!files.All(File.Exists))
            return null;
        SteeringVector[] vectors = [.. files.Select(SteeringVector.Load)];
        if (vectors.All(vector => vector.Provenance.DataHash == inputs))
            return new PersonaVectors(vectors[0], vectors[1], vectors[2], vectors[3]);
        run.Note("The vectors were made from other pairs and are made anew.");
        foreach (string file in files)
            File.Delete(file);
        return null;
    }

    private string PathOf(string name) => run[$"{name}.safetensors"];
}
