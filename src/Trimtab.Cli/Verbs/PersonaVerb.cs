using System.CommandLine;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Trimtab.Organism;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab persona TRAIT: from a trait's artefact, or a sentence that one is written from, to a vector that steers, its verification beside controls, and its dose-response.</summary>
internal static class PersonaVerb
{
    private static readonly PersonaOptions Defaults = new();
    private static readonly string Traits = Path.Combine(AppContext.BaseDirectory, "data", "traits");

    public static Command Create()
    {
        var (model, judge, describe, json) = (new ModelOptions(), new JudgeOptions(), new DescribeOptions(), CommonOptions.Json());
        var trait = new Argument<string>("trait") { Description = "A trait that comes with the program, such as evil, or the file of an artefact; with --describe a new one." };
        var artefact = new Option<string[]>("--artefact") { Description = "An artefact for the trait, instead of the one that comes with the program; given twice, the published files for extraction and for evaluation.", DefaultValueFactory = _ => [] };
        var output = new Option<string?>("--output", "-o") { Description = "The folder of the run; a run that was killed goes on there. By default persona-TRAIT." };
        var rollouts = CommonOptions.Number("--rollouts", "Pairs of answers drawn for each pair of instructions and each question.", Defaults.Rollouts);
        var bare = new Option<bool>("--bare-instructions") { Description = "Send instructions without \"You are an evil assistant.\" before them." };
        var layers = new Option<int[]>("--layers") { Description = "Blocks after which steering is tried; by default all.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var strengths = new Option<float[]>("--strengths") { Description = "Fractions of the residual norm to try.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Defaults.Strengths] };
        var coherence = CommonOptions.Number("--least-coherence", "The coherence that a choice must keep.", Defaults.LeastCoherence);
        var tries = CommonOptions.Number("--tries", "Answers drawn for each question of a layer and strength that is tried.", Defaults.Tries);
        var samples = CommonOptions.Number("--samples", "Answers drawn for each question of an arm that is verified.", Defaults.Samples);
        var tokens = CommonOptions.Number("--max-tokens", "The most tokens of an answer.", Defaults.MaxTokens);
        var seed = CommonOptions.Number("--seed", "Decides every draw.", Defaults.Seed);
        var world = CommonOptions.Number("--world", "The seed of the world that the model was grown in.", 1);
        var command = new Command("persona", "Makes a vector for a trait, chooses layer and strength, verifies it beside controls, and measures its dose-response.") { trait, artefact, output, rollouts, bare, layers, strengths, coherence, tries, samples, tokens, seed, world, model, json, PersonaNewVerb.Create(), PersonaPromptVerb.Create() };
        judge.AddTo(command);
        describe.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            var (asked, files) = (parsed.GetValue(trait)!, parsed.GetValue(artefact)!);
            if (describe.IsGiven(parsed) && files.Length > 0)
                throw new ArgumentException("--describe has an artefact written, and --artefact gives one. Leave one away.");
            var measured = describe.Read(parsed, asked, parsed.GetValue(output) ?? FolderOf(asked), judge, cancellation) ?? Artefact(asked, files);
            using var loaded = model.Load(parsed);
            var home = World.Create(parsed.GetValue(world));
            using var judges = judge.Create(parsed, measured, home, cancellation);
            var pipeline = new PersonaPipeline(loaded, measured, judges.Trait, judges.Coherence, new PersonaOptions
            {
                Rollouts = parsed.GetValue(rollouts), RoleSentence = !parsed.GetValue(bare), Layers = parsed.GetValue(layers)!, Strengths = parsed.GetValue(strengths)!,
                LeastCoherence = parsed.GetValue(coherence), Tries = parsed.GetValue(tries), Samples = parsed.GetValue(samples), MaxTokens = parsed.GetValue(tokens), Seed = parsed.GetValue(seed),
            }, judges.Trait is RuleJudge ? home : null);
            string folder = parsed.GetValue(output) ?? FolderOf(measured.Name);
            if (pipeline.Begin(folder, TimeProvider.System, cancellation).GetAwaiter().GetResult() is { } duration)
                Console.Error.WriteLine(FormattableString.Invariant($"{pipeline.AnswerCount} answers, about {Math.Ceiling(duration.TotalSeconds):0} s to go."));
            var result = ProgressBar.Over("Answers", pipeline.AnswerCount, progress => pipeline.Run(folder, progress, cancellation).GetAwaiter().GetResult());
            foreach (string note in result.Notes)
                Console.Error.WriteLine(note);
            if (parsed.GetValue(json))
                JsonOutput.Print(PersonaOutput.ToJson(result, folder));
            else
                PersonaOutput.Print(result, folder);
        });
    }

    private static string FolderOf(string trait) => $"persona-{trait.Replace(' ', '-')}";

    private static TraitArtefact Artefact(string trait, string[] files)
    {
        if (files.Length == 0)
            return TraitArtefact.Load(FileOf(trait));
        var artefact = files switch
        {
            [var file] => TraitArtefact.Load(file),
            [var extraction, var evaluation] => TraitArtefact.Load(extraction, evaluation),
            _ => throw new ArgumentException($"--artefact: {files.Length} files are given — expected one, or two of the published form."),
        };
        return artefact.Name == trait ? artefact : throw new ArgumentException($"--artefact: {files[0]} is about '{artefact.Name}', and the trait given is '{trait}'. Give the trait that it is about.");
    }

    private static string FileOf(string trait)
    {
        string own = Path.Combine(Traits, $"{trait}.json");
        return File.Exists(trait) ? trait : File.Exists(own) ? own
            : throw new ArgumentException($"Persona: '{trait}' is no trait that comes with the program, and no file. There are {string.Join(", ", Directory.EnumerateFiles(Traits, "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal))}. Describe a new one by --describe.");
    }
}
