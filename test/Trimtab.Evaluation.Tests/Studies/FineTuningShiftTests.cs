using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Models.Weights;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

public sealed class FineTuningShiftTests : IDisposable
{
    private static readonly HookPoint At = HookPoint.ResidPost(2);
    private static readonly Chat[] Prompts = [Chat.User("w5 w6 w7"), Chat.User("w9"), Chat.User("w30 w31 w32 w33 w34")];

    private readonly WordModel _words = new();

    public void Dispose() => _words.Dispose();

    [Fact]
    public void It_is_the_mean_move_of_the_last_prompt_tokens_row_along_the_unit_direction()
    {
        var (model, after, vector) = (_words.Model, Trained(), Vector(3));
        double[] expected = [.. Prompts.Select(prompt => LastRow(after, prompt).Zip(LastRow(model, prompt), (y, x) => (double)y - x).Zip(vector[At].Values.ToArray(), (moved, v) => moved * v).Sum() / vector.Norm(At))];
        var shift = FineTuningShift.Measure(model, after, Prompts, vector, At);
        Assert.Equal(expected.Average(), shift.Along.Value, 1e-5);
        Assert.Equal(3, shift.Along.Count);
        Assert.InRange(shift.Along.Value, shift.Along.Low, shift.Along.High);
        Assert.Equal(shift.Along.Value, shift.Cosine * shift.Length, 1e-9);
        Assert.True(Math.Abs(expected.Average()) > 0.01 && shift.Length > Math.Abs(expected.Average()), $"{expected.Average()} of {shift.Length}");
    }

    [Fact]
    public void The_way_back_is_the_opposite_and_no_way_is_none()
    {
        var (model, after, vector) = (_words.Model, Trained(), Vector(3));
        Assert.Equal(-FineTuningShift.Measure(model, after, Prompts, vector, At).Along.Value, FineTuningShift.Measure(after, model, Prompts, vector, At).Along.Value, 1e-9);
        var none = FineTuningShift.Measure(model, model, Prompts, vector, At);
        Assert.Equal((0.0, 0.0, 0.0), (none.Along.Value, none.Length, none.Cosine));
    }

    [Fact]
    public void The_length_of_the_vector_has_no_effect() => Assert.Equal(
        FineTuningShift.Measure(_words.Model, Trained(), Prompts, Vector(3), At).Along.Value, FineTuningShift.Measure(_words.Model, Trained(), Prompts, Vector(0.1f), At).Along.Value, 1e-6);

    [Fact]
    public void Without_prompts_or_along_a_zero_direction_there_is_nothing_to_measure()
    {
        Assert.Contains("no prompts", Assert.Throws<ArgumentException>(() => FineTuningShift.Measure(_words.Model, Trained(), [], Vector(1), At)).Message, StringComparison.Ordinal);
        Assert.Contains("zero at blocks.2.resid_post", Assert.Throws<SteeringException>(() => FineTuningShift.Measure(_words.Model, Trained(), Prompts, Vector(0), At)).Message, StringComparison.Ordinal);
    }

    private LoadedModel Trained()
    {
        var weights = TrainedWeights.Of(_words.Model);
        var random = new Random(5);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Name.Contains("layers.1", StringComparison.Ordinal)))
            foreach (ref float value in parameter.Value.Values)
                value += 0.05f * (random.NextSingle() - 0.5f);
        return _words.Model.With(weights);
    }

    private SteeringVector Vector(float length)
    {
        var model = _words.Model;
        return SteeringVector.FromDirections([(At, Tensor.From([.. Enumerable.Range(0, model.Config.HiddenSize).Select(i => length * MathF.Sin(2.1f * i))]))], Provenance.For(model, "waves"));
    }

    private static float[] LastRow(LoadedModel model, Chat prompt)
    {
        var capture = new ActivationCapture([At]);
        using var run = new ModelRun(model, [new Sequence(model.EncodeChat(prompt))], [capture]);
        run.Forward(LogitRows.None);
        return capture[At].Row(capture[At].RowCount - 1).ToArray();
    }
}
