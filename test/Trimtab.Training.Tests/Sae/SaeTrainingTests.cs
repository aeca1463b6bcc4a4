using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Testing;
using Trimtab.Training.Sae;
using Xunit;

namespace Trimtab.Training.Tests.Sae;

public sealed class SaeTrainingTests : IDisposable
{
    private static readonly HookPoint At = HookPoint.ResidPost(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-sae-");

    public static TheoryData<SaeRecipe> Kinds =>
    [
        new TopKRecipe { K = 8, AuxiliaryK = 16 }, new TopKRecipe { K = 8, PerBatch = true }, new TopKRecipe { K = 8, Groups = [32, 96] }, new ReluRecipe { Penalty = 0.5, PenaltyWarmUp = 50 },
        new JumpReluRecipe { Penalty = 0.5, PenaltyWarmUp = 50 }, new GatedRecipe { Penalty = 0.5, PenaltyWarmUp = 50 },
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, MemberData(nameof(Kinds))]
    public void Training_explains_more_and_the_autoencoder_computes_what_was_trained(SaeRecipe recipe)
    {
        using var training = new SaeTraining(Store(), Options(150), [(At, recipe)]);
        var steps = new List<SaeStep>();
        training.Run(progress: new Steps(steps.Add));
        Assert.True(steps[^1].Loss.Fvu < 0.75 * steps[0].Loss.Fvu, $"{steps[0].Loss.Fvu} → {steps[^1].Loss.Fvu}");

        var trainer = training.Trainers[0].Trainer;
        using var sae = trainer.ToAutoencoder(new SaeOrigin { At = At });
        var rows = Store().Batch(500, At);
        var latents = sae.EncodeSparse(rows);
        var rebuilt = sae.Decode(latents);
        double error = 0, variation = new SaeBatch(rows).Variation;
        for (int i = 0; i < rows.Count; i++)
            error += Math.Pow(rebuilt.Values[i] - rows.Values[i], 2);
        // Activations of random weights have no structure beyond their texts; what is asked is that training's numbers are those of the finished autoencoder.
        Assert.Equal(steps[^1].Loss.Fvu, error / variation, 0.15 * steps[^1].Loss.Fvu + 0.02);
        Assert.Equal(steps[^1].Loss.L0, (double)latents.ActiveCount / latents.RowCount, 0.25 * steps[^1].Loss.L0);
        for (int latent = 0; latent < 128; latent++)
            Assert.Equal(1, System.Numerics.Tensors.TensorPrimitives.Norm<float>(sae.DecoderRow(latent).Values), 1e-4f);
    }

    [Fact]
    public void A_killed_run_goes_on_to_the_same_bits_for_all_of_its_autoencoders()
    {
        (HookPoint, SaeRecipe)[] trained = [(At, new TopKRecipe { K = 8, PerBatch = true }), (HookPoint.ResidPost(2), new GatedRecipe { Penalty = 0.5 })];
        using var whole = new SaeTraining(Store(), Options(12), trained);
        whole.Run(new Checkpoint(PathOf("whole")));
        using (var source = new CancellationTokenSource())
        using (var killed = new SaeTraining(Store(), Options(12), trained))
        {
            var stop = new Steps(step => { if (step.Step == 8) source.Cancel(); });
            Assert.Throws<OperationCanceledException>(() => killed.Run(new Checkpoint(PathOf("killed")), 5, stop, source.Token));
        }
        using var resumed = new SaeTraining(Store(), Options(12), trained);
        var made = new List<long>();
        resumed.Run(new Checkpoint(PathOf("killed")), 5, new Steps(step => made.Add(step.Step)));
        Assert.Equal([6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12], made);
        Assert.True(File.ReadAllBytes(PathOf("whole")).AsSpan().SequenceEqual(File.ReadAllBytes(PathOf("killed"))));
        using var other = new SaeTraining(Store(), Options(12), [trained[0]]);
        Assert.Throws<TrainingException>(() => other.Run(new Checkpoint(PathOf("killed"))));
    }

    [Fact]
    public void A_filling_hands_out_every_row_once_and_leaves_first_tokens_out()
    {
        var model = GoldenModel.Of("llama").Model;
        var store = Store();
        var texts = new Texts().TextsOf(3);
        var expected = new List<string>();
        foreach (var text in texts)
        {
            var sequence = new Sequence(text.Ids);
            var capture = new ActivationCapture([At]);
            using var run = new ModelRun(model, [sequence], [capture]);
            run.Forward(LogitRows.None);
            expected.AddRange(Enumerable.Range(1, text.Ids.Length - 1).Select(row => Key(capture[At].Row(row))));
        }
        var handedOut = Enumerable.Range(12, 4).Select(batch => store.Batch(batch, At)).SelectMany(rows => Enumerable.Range(0, rows.RowCount).Select(row => Key(rows.Row(row)))).ToList();
        Assert.NotEqual(expected, handedOut);
        Assert.Equal(expected.Order(StringComparer.Ordinal), handedOut.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Too_few_rows_for_the_batches_are_an_error()
    {
        var store = new ActivationStore(GoldenModel.Of("llama").Model, new Texts(), [At], new ActivationStoreOptions { BatchesPerFilling = 5000 });
        Assert.Contains("too few for 5000 batches", Assert.Throws<TrainingException>(() => store.Batch(0, At)).Message, StringComparison.Ordinal);
    }

    private static string Key(ReadOnlySpan<float> row) => string.Join(' ', row.ToArray().Select(BitConverter.SingleToInt32Bits));

    private static SaeTrainerOptions Options(long steps) => new() { Latents = 128, Steps = steps, LearningRate = 3e-3, DeadAfterRows = 2000 };

    private static ActivationStore Store() => new(GoldenModel.Of("llama").Model, new Texts(), [At, HookPoint.ResidPost(2)], new ActivationStoreOptions { BatchesPerFilling = 4 });

    private string PathOf(string name) => Path.Combine(_folder.FullName, name, "checkpoint.safetensors");

    private sealed class Steps(Action<SaeStep> report) : IProgress<(HookPoint At, SaeStep Step)>
    {
        public void Report((HookPoint At, SaeStep Step) value) => report(value.Step);
    }

    private sealed class Texts : ITextStream
    {
        public string Fingerprint => "random";

        public IReadOnlyList<LossText> TextsOf(long step) => [.. Enumerable.Range(0, 16).Select(i =>
        {
            var random = new Random(unchecked((int)step * 100 + i));
            return LossText.Whole([.. Enumerable.Range(0, 20 + i).Select(_ => random.Next(331))]);
        })];
    }
}
