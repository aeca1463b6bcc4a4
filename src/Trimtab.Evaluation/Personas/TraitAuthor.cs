using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Judges;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// Has a chat model write the artefact of a trait (Chen et al. 2025, section 2.1): five contrasting instructions, twenty questions to fit with and twenty to judge by, and a rubric.
/// What it writes is held to what <see cref="TraitArtefact.Load(string)"/> asks of a file; it is told what is wrong and writes again.
/// </summary>
/// <param name="model">The model that writes.</param>
/// <param name="attempts">How often it may try; at least once.</param>
public sealed class TraitAuthor(IChatModel model, int attempts = 3)
{
    /// <summary>Tokens that an artefact needs at most, by far.</summary>
    public const int AnswerTokens = 8000;

    private const int PairCount = 5, QuestionCount = 20;

    /// <summary>Writes an artefact.</summary>
    /// <param name="name">The trait as an adjective, in lower case.</param>
    /// <param name="description">One sentence that says what the trait is.</param>
    /// <param name="progress">Told what is wrong with an answer before the model is asked again.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The name or the description is none.</exception>
    /// <exception cref="TraitAuthorException">No answer could be used; the last one is in the exception.</exception>
    public async Task<TraitArtefact> Write(string name, string description, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        if (ArtefactProblems.OfNames(name, description).FirstOrDefault() is { } wrong)
            throw new ArgumentException($"Trait author: {wrong}. Give a word such as evil, and a sentence that says what it is.");
        var chat = Chat.User(AuthorRequest.Of(name, description));
        for (int attempt = 1; ; attempt++)
        {
            string answer = await model.Answer(chat, cancellation).ConfigureAwait(false);
            try
            {
                return Read(answer, name, description);
            }
            catch (FormatException e) when (attempt == attempts)
            {
                throw new TraitAuthorException($"Trait author: {model.Name} wrote no usable artefact in {attempts} answers — {e.Message} Try a larger model.", answer, e);
            }
            catch (FormatException e)
            {
                progress?.Report(e.Message);
                chat = chat.WithAssistant(answer).WithUser($"This cannot be used. {e.Message} Write the whole JSON object again, with that put right, and nothing beside it.");
            }
        }
    }

    private static TraitArtefact Read(string answer, string name, string description)
    {
        const string Origin = "The answer";
        var json = ObjectIn(answer);
        (json["name"], json["description"]) = (name, description);
        var artefact = ArtefactFile.Parse(json.ToJsonString(), Origin);
        string[] problems =
        [
            .. CountProblem(artefact.Instructions.Length, PairCount, "pairs of instructions"),
            .. CountProblem(artefact.Extraction.Length, QuestionCount, "extraction questions"),
            .. CountProblem(artefact.Evaluation.Length, QuestionCount, "evaluation questions"),
        ];
        return problems.Length == 0 ? artefact : throw new FormatException($"{Origin}: {string.Join("; ", problems)}.");
    }

    // Models put fences or a word of their own around what they were asked for, and some think aloud first.
    private static JsonObject ObjectIn(string answer)
    {
        string visible = AnswerText.Visible(answer);
        int first = visible.IndexOf('{', StringComparison.Ordinal), last = visible.LastIndexOf('}');
        if (first < 0 || last < first)
            throw new FormatException("The answer: there is no JSON object in it.");
        try
        {
            return JsonNode.Parse(visible[first..(last + 1)], documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject();
        }
        catch (JsonException e)
        {
            throw new FormatException($"The answer: it is not valid JSON — {e.Message}", e);
        }
    }

    private static IEnumerable<string> CountProblem(int count, int wanted, string things) => count == wanted ? [] : [$"there are {count} {things}, and {wanted} are needed"];
}
