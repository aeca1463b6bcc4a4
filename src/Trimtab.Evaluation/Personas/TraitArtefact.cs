using System.Collections.Immutable;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// What a trait is made measurable with (Chen et al. 2025, section 2.1): contrasting instructions, two disjoint sets of questions on which the trait can show, and the words
/// that a judge is asked with.
/// </summary>
/// <param name="Name">The trait as an adjective, in lower case: "evil".</param>
/// <param name="Description">One sentence that says what the trait is.</param>
/// <param name="Instructions">Contrasting instructions: the positive one asks for the trait, the negative one for its opposite. Usually five.</param>
/// <param name="Extraction">Questions to fit with. Usually twenty.</param>
/// <param name="Evaluation">Other questions, to choose and judge by. Usually twenty.</param>
/// <param name="Rubric">What a judge is asked, with {question} and {answer} where these belong; it asks for a number from 0 (absent) to 100 (strong), or REFUSAL.</param>
public sealed record TraitArtefact(
    string Name, string Description, ImmutableArray<InstructionPair> Instructions, ImmutableArray<string> Extraction, ImmutableArray<string> Evaluation, string Rubric)
{
    /// <summary>
    /// Reads an artefact: this project's form (name, description, instructions with positive and negative, extraction_questions, evaluation_questions, rubric), or the published
    /// one (instruction with pos and neg, questions, eval_prompt) with five pairs and forty questions, of which the first twenty are for extraction. A published file is named
    /// after its trait.
    /// </summary>
    /// <exception cref="FormatException">The file is no artefact; the message names everything that is wrong with it.</exception>
    public static TraitArtefact Load(string path) => ArtefactFile.Parse(File.ReadAllText(path), path);

    /// <summary>Reads an artefact of the published form from a file with twenty questions for extraction and one with twenty for evaluation; both hold the same instructions and rubric.</summary>
    /// <exception cref="FormatException">A file is no such half, or they differ in what they must share.</exception>
    public static TraitArtefact Load(string extraction, string evaluation) => PublishedArtefact.Join(
        ArtefactFile.ParsePublished(File.ReadAllText(extraction), extraction), ArtefactFile.ParsePublished(File.ReadAllText(evaluation), evaluation));

    /// <summary>Writes the artefact in this project's form.</summary>
    /// <exception cref="FormatException">It is none that <see cref="Load(string)"/> would read again.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ArtefactFile.Text(Checked(path)));

    /// <summary>The artefact, after a check of everything that an artefact must have.</summary>
    /// <param name="origin">How the message calls it: its file.</param>
    /// <exception cref="FormatException">Something is missing, comes twice or contradicts itself; the message names it all.</exception>
    public TraitArtefact Checked(string origin)
    {
        List<string> problems = [.. ArtefactProblems.Of(this)];
        return problems.Count == 0 ? this : throw new FormatException($"{origin}: {string.Join("; ", problems)}.");
    }
}
