using System.Collections.Immutable;
using Trimtab.Organism;

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
    string Name, string Description, ImmutableArray<InstructionPair> Instructions, ImmutableArray<string> Extraction, ImmutableArray<string> Evaluation, string Rubric);
