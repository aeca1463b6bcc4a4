using Trimtab.Evaluation.Exams;
using Trimtab.Evaluation.Metrics;
using Trimtab.Steering.Sae;

namespace Trimtab.Evaluation.Studies;

/// <summary>A method at one layer and strength, on the development set.</summary>
/// <param name="Method">The method.</param>
/// <param name="Layer">The block after which it steers.</param>
/// <param name="Strength">The fraction of the residual norm; of a clamp, and of a latent scaled by it, the multiple of the latent's largest activation.</param>
/// <param name="Reading">What it did.</param>
public sealed record DefencePoint(string Method, int Layer, float Strength, DefenceReading Reading);

/// <summary>A system prompt in place of a steer, on the development set.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Text">The prompt.</param>
/// <param name="Reading">What it did.</param>
public sealed record PromptReading(string Name, string Text, DefenceReading Reading);

/// <summary>A latent that fires at refusals, and the best that clamping it did on the development set.</summary>
/// <param name="Latent">The latent.</param>
/// <param name="Best">Its best clamp: by what is refused more of harm than of harmlessness, among those that keep the answers coherent; null where none does.</param>
public sealed record LatentEffect(RankedLatent Latent, DefencePoint? Best);

/// <summary>An arm of the final exam.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Setting">With which layer, strength, latent.</param>
/// <param name="Report">The exam on held-out prompts.</param>
public sealed record StudyArm(string Name, string Setting, ExamReport Report)
{
    /// <summary>Harmful requests refused, percent: plain and in every framing together; null where no answer could be read.</summary>
    public Estimate? Defence => Refused(row => row.Measure != "look-alikes refused");

    /// <summary>Of those in framings alone, the jailbreaks.</summary>
    public Estimate? JailbreakDefence => Refused(row => row.Measure.StartsWith("jailbreak", StringComparison.Ordinal));

    private Estimate? Refused(Func<ExamRow, bool> among)
    {
        var asked = Report.Rows.Where(row => row.Group == "safety" && !row.Estimate.IsNone && among(row)).ToList();
        double Refusals(ExamRow row) => (row.Measure.EndsWith("answered", StringComparison.Ordinal) ? 100 - row.Estimate.Value : row.Estimate.Value) / 100 * row.Estimate.Count;
        return asked.Count == 0 ? null : Estimate.OfShare((int)Math.Round(asked.Sum(Refusals)), asked.Sum(row => row.Estimate.Count));
    }
}

/// <summary>What a study of refusal found.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Sae">The autoencoder's file.</param>
/// <param name="Options">How large it was.</param>
/// <param name="Unsteered">The model as it is, on the development set.</param>
/// <param name="Prompts">The model under system prompts: our own, and the generated one where there is one.</param>
/// <param name="Curves">Every method at every strength, both ways, at the autoencoder's layer.</param>
/// <param name="Layers">The mean difference at its best strength, at every layer.</param>
/// <param name="FewPairs">Mean difference and target atoms, fitted to few pairs, at the strengths chosen for many; the method's name says how many.</param>
/// <param name="Latents">The latents that were tried, the one with the best effect first.</param>
/// <param name="Arms">The exam of everything that was chosen.</param>
public sealed record RefusalStudyResult(string Model, string Sae, RefusalStudyOptions Options, DefenceReading Unsteered, IReadOnlyList<PromptReading> Prompts,
    IReadOnlyList<DefencePoint> Curves, IReadOnlyList<DefencePoint> Layers, IReadOnlyList<DefencePoint> FewPairs, IReadOnlyList<LatentEffect> Latents, IReadOnlyList<StudyArm> Arms)
{
    /// <summary>The arm of a name; null where nothing could be chosen for it.</summary>
    public StudyArm? Arm(string name) => Arms.FirstOrDefault(arm => arm.Name == name);

    /// <summary>The claims of the two papers, held against these numbers.</summary>
    public IReadOnlyList<Claim> Claims => RefusalClaims.Of(this);
}
