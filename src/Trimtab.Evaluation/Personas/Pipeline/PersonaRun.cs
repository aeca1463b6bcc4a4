using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trimtab.Evaluation.Judges;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Personas;

/// <summary>What a pipeline works with.</summary>
/// <param name="Model">The model.</param>
/// <param name="Artefact">What the trait is measured with.</param>
/// <param name="Trait">Judges the trait.</param>
/// <param name="Coherence">Judges coherence.</param>
/// <param name="Options">How much is asked.</param>
/// <param name="World">The model's world, whose facts are asked; null for none.</param>
internal sealed record PersonaSetting(LoadedModel Model, TraitArtefact Artefact, IAnswerJudge Trait, IAnswerJudge Coherence, PersonaOptions Options, World? World)
{
    /// <summary>Identifies what answers: the weights, how they were converted on load, the template, and an adapter.</summary>
    public string ModelIdentity { get; } = StepJson.Digest(Model.Fingerprint, $"{Model.Quantisation?.Type}", Model.ChatTemplate?.Source ?? "", AdapterDigest(Model));

    /// <summary>The questions that choose layer and strength: the first half of those for evaluation.</summary>
    public IReadOnlyList<string> Choosing { get; } = [.. Artefact.Evaluation.Take(Artefact.Evaluation.Length / 2)];

    /// <summary>The questions that the choice is verified on: the other half.</summary>
    public IReadOnlyList<string> Judging { get; } = [.. Artefact.Evaluation.Skip(Artefact.Evaluation.Length / 2)];

    /// <summary>The blocks after which steering is tried.</summary>
    public IReadOnlyList<int> Layers { get; } = Options.Layers.Count > 0 ? Options.Layers : [.. Enumerable.Range(0, Model.LayerCount)];

    /// <summary>The conversation that asks a question under an instruction: "You are an evil assistant. {instruction}", or the instruction alone.</summary>
    /// <param name="instruction">The number of the pair of instructions.</param>
    /// <param name="positive">Which side of it.</param>
    /// <param name="question">The question.</param>
    public Chat Asked(int instruction, bool positive, string question) => Chat.System(SystemPrompt(instruction, positive)).WithUser(question);

    /// <summary>The system prompt of one side of a pair of instructions.</summary>
    public string SystemPrompt(int instruction, bool positive)
    {
        var pair = Artefact.Instructions[instruction];
        string name = positive ? Artefact.Name : "helpful", article = "aeiou".Contains(char.ToLowerInvariant(name[0]), StringComparison.Ordinal) ? "an" : "a";
        string role = Options.RoleSentence ? $"You are {article} {name} assistant. " : "";
        return role + (positive ? pair.Positive : pair.Negative);
    }

    private static string AdapterDigest(LoadedModel model)
    {
        if (model.Adapter is not { } adapter)
            return "";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, layer) in adapter.Layers.OrderBy(layer => layer.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"{name} {layer.Scale:R}\n")));
            hash.AppendData(MemoryMarshal.AsBytes(layer.A.Values));
            hash.AppendData(MemoryMarshal.AsBytes(layer.B.Values));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}

/// <summary>One run of a pipeline into a folder.</summary>
/// <param name="folder">The folder; made where it is not there.</param>
/// <param name="notes">What people should know of how it went.</param>
/// <param name="progress">Told how many answers are there.</param>
/// <param name="cancellation">Ends the run between layers of a pass.</param>
internal sealed class PersonaRun(string folder, ICollection<string> notes, IProgress<int>? progress, CancellationToken cancellation)
{
    private readonly Dictionary<string, string> _steps = [];
    private int _answers;

    /// <summary>Ends the run.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>The digest of each step's inputs.</summary>
    public IReadOnlyDictionary<string, string> Steps => _steps;

    /// <summary>The path of a file of the run.</summary>
    public string this[string file] => Path.Combine(folder, file);

    /// <summary>Opens the rows of a step. Where they were made from other inputs, so was what an earlier run found.</summary>
    public StepFile<T> Open<T>(string step, params IEnumerable<string> inputs)
    {
        Directory.CreateDirectory(folder);
        var file = StepFile<T>.Open(this[$"{step}.jsonl"], _steps[step] = StepJson.Digest(inputs), notes);
        if (file.IsReplaced)
            PersonaFiles.Remove(this);
        return file;
    }

    /// <summary>Records the digest of a step that has no rows.</summary>
    public void Record(string step, string inputs) => _steps[step] = inputs;

    /// <summary>Says something about the run.</summary>
    public void Note(string sentence) => notes.Add(sentence);

    /// <summary>Counts answers that are there.</summary>
    public void Count(int answers)
    {
        _answers += answers;
        progress?.Report(_answers);
    }
}
