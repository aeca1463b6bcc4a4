using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>A study of prevention on a tiny model, with a trainer that trains nothing and remembers what it was asked for.</summary>
public sealed class WordStudy : IAsyncLifetime
{
    private readonly WordModel _words = new();

    public static HookPoint At { get; } = HookPoint.ResidPost(1);

    public int Layers => _words.Model.LayerCount;

    public List<(string Data, Prevention Prevention, int Chats)> Trained { get; } = [];

    public PreventionStudyResult Result { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Result = await Run("severe");

    public ValueTask DisposeAsync()
    {
        _words.Dispose();
        return ValueTask.CompletedTask;
    }

    public Task<PreventionStudyResult> Run(string last)
    {
        var model = _words.Model;
        var vector = SteeringVector.FromDirections(
            Enumerable.Range(0, model.LayerCount).Select(layer => (HookPoint.ResidPost(layer), Tensor.From([.. Enumerable.Range(0, model.Config.HiddenSize).Select(i => 0.01f * MathF.Sin(i + layer))]))), Provenance.For(model, "waves"));
        var trial = new TreatmentTrial(Judged.World, Judged.Judges, Trait.Evil, new TrialOptions { Tries = 1, Samples = 1, Facts = 2, LeastCoherence = 0, MaxTokens = 3 });
        return new PreventionStudy(model, Judged.World, Trait.Evil, vector, At, trial, Train, new PreventionStudyOptions
        {
            Sets = ["mild", last], Count = 3, Steered = [1, 2], SteeredEverywhere = [1], Penalties = [0.5f, 4], Mitigation = new MitigationOptions { Subtracted = [1], SubtractedEverywhere = [1], Capped = [0] },
        }).Run();
    }

    private LoadedModel Train(string data, IReadOnlyList<Chat> chats, Prevention prevention, CancellationToken cancellation)
    {
        Trained.Add((data, prevention, chats.Count));
        return _words.Model;
    }
}
