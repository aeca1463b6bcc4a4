using System.Collections.Immutable;
using System.Text.Json;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// An artefact in the form that persona vectors were published with: {"instruction": [{"pos", "neg"}], "questions": [...], "eval_prompt": ...}. It has five pairs, and forty
/// questions in one file or twenty in each of two. It knows neither the trait's name, which is its file's, nor a description.
/// </summary>
internal sealed record PublishedArtefact(string Origin, ImmutableArray<InstructionPair> Instructions, ImmutableArray<string> Questions, string Rubric)
{
    private const string Pairs = "instruction", Asked = "questions", Prompt = "eval_prompt";
    private const int PairCount = 5, Half = 20;

    /// <summary>Whether an object is meant to be of this form.</summary>
    public static bool IsOne(JsonElement root) => root.TryGetProperty(Prompt, out _) || root.TryGetProperty(Pairs, out _);

    /// <summary>Reads an object of this form.</summary>
    public static PublishedArtefact Of(JsonElement root, string file)
    {
        var members = new ArtefactMembers(root, file);
        members.RequireOnly(Pairs, Asked, Prompt);
        var artefact = new PublishedArtefact(file, members.Pairs(Pairs, "pos", "neg"), members.Texts(Asked), members.Text(Prompt));
        return artefact.Instructions.Length == PairCount ? artefact : throw new FormatException($"{file}: {Pairs} has {artefact.Instructions.Length} pairs — {PairCount} were expected.");
    }

    /// <summary>The artefact of one file: the first twenty questions are for extraction, the others for evaluation.</summary>
    public TraitArtefact Split() => Questions.Length == 2 * Half
        ? Make(Questions[..Half], Questions[Half..])
        : throw new FormatException($"{Origin}: {Asked} has {Questions.Length} questions — {2 * Half} were expected, or two files of {Half}. Give both files.");

    /// <summary>The artefact of two files.</summary>
    public static TraitArtefact Join(PublishedArtefact extraction, PublishedArtefact evaluation)
    {
        foreach (var half in (PublishedArtefact[])[extraction, evaluation])
            if (half.Questions.Length != Half)
                throw new FormatException($"{half.Origin}: {Asked} has {half.Questions.Length} questions — of two files each has {Half}.");
        if (!extraction.Instructions.SequenceEqual(evaluation.Instructions) || extraction.Rubric != evaluation.Rubric)
            throw new FormatException($"{evaluation.Origin}: its {(extraction.Rubric != evaluation.Rubric ? Prompt : Pairs)} differs from that of {extraction.Origin}. Two files of a trait differ in their questions alone.");
        return extraction.Make(extraction.Questions, evaluation.Questions).Checked($"{extraction.Origin} and {evaluation.Origin}");
    }

    private TraitArtefact Make(ImmutableArray<string> extraction, ImmutableArray<string> evaluation)
    {
        string name = Path.GetFileNameWithoutExtension(Origin).ToLowerInvariant();
        return new TraitArtefact(name, $"The trait {name}, in the words of its rubric.", Instructions, extraction, evaluation, Plain());
    }

    private string Plain()
    {
        try
        {
            return RubricText.FromFormatString(Rubric);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{Origin}: {Prompt} — {e.Message}", e);
        }
    }
}
