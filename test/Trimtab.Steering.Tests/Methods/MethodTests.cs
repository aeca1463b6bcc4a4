using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Trimtab.Steering.Tests.Methods;

/// <summary>The methods through a whole model.</summary>
public sealed class MethodTests : IDisposable
{
    private readonly WordModel _words = new();

    public static TheoryNames Names { get; } = new(["mean-difference", "pca", "lda", "linear-probe", "refusal-direction"]);

    public void Dispose() => _words.Dispose();

    [Theory, MemberData(nameof(Names))]
    public void A_fit_gives_the_same_bytes_twice_points_to_the_positive_side_and_reads_back(string name)
    {
        var data = Pairs(10);
        var method = SteeringMethods.Create(name, []);
        var (vector, mean) = (method.Fit(_words.Model, data), new MeanDifference().Fit(_words.Model, data));
        string folder = Directory.CreateTempSubdirectory("trimtab-fit-").FullName;
        try
        {
            string first = Path.Combine(folder, "1.safetensors"), second = Path.Combine(folder, "2.safetensors");
            vector.Save(first);
            SteeringMethods.Create(name, []).Fit(_words.Model, data).Save(second);
            Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
            Assert.Equal(vector.Provenance, SteeringVector.Load(first).Provenance);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Assert.Equal(Enumerable.Range(0, _words.Model.LayerCount), vector.Layers);
        Assert.Equal((name, 10), (vector.Provenance.Method, vector.Provenance.ExampleCount));
        foreach (var point in vector.HookPoints)
        {
            if (name != "refusal-direction")
                Assert.True(TensorPrimitives.Dot<float>(vector[point].Values, mean[point].Values) > 0, $"{name} at {point}");
            if (name is "pca" or "lda")
                Assert.Equal(1, vector.Norm(point), 1e-6f);
            Assert.True(vector.Provenance.ResidualNorms![point.ToString()] > 0);
        }
    }

    [Theory, InlineData("chat", -1), InlineData("chat", -2), InlineData("raw", -1)]
    public void The_refusal_direction_is_the_difference_of_means_at_one_token_from_the_end(string form, int position)
    {
        var data = new ContrastSet([new("", "w30 w31 w32", "w40 w41"), new("w9 ", "w33", "w43 w44 w45")]);
        var fitted = SteeringMethods.Create("refusal-direction", new JsonObject { ["form"] = form, ["position"] = position }).Fit(_words.Model, data);
        int[][] prompts = [[30, 31, 32], [40, 41], [9, 33], [9, 43, 44, 45]];
        foreach (var point in fitted.HookPoints)
        {
            float[][] rows = [.. prompts.Select(prompt => RowFromEnd(form == "chat" ? [1, .. prompt, 2, 3] : prompt, point, position))];
            Near.Equal([.. Enumerable.Range(0, 64).Select(i => ((rows[0][i] - rows[1][i]) + (rows[2][i] - rows[3][i])) / 2)], fitted[point].Values, 1e-5f, point.ToString());
        }
    }

    [Fact]
    public void A_position_before_the_prompt_is_refused() =>
        Assert.Contains("position -3", Assert.Throws<ArgumentException>(() => new RefusalDirection { Form = PromptForm.Raw, Position = -3 }.Fit(_words.Model, new ContrastSet([new("", "w1 w2", "w3 w4")]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_probe_records_bias_and_accuracy_on_the_pairs_that_it_did_not_see()
    {
        var data = Pairs(20);
        var vector = new LinearProbe { HeldOut = 0.25, Seed = 3 }.Fit(_words.Model, data);
        Assert.Equal(3, vector.Provenance.Seed);
        int[] pairs = [.. Enumerable.Range(0, 20)];
        new Random(3).Shuffle(pairs);
        var unseen = new ContrastSet([.. pairs[..5].Select(pair => data.Pairs[pair])]);
        var rows = ContrastReading.OfAnswers(new LinearProbe(), _words.Model, unseen, TokenRule.AnswerMean, PromptForm.Chat, null, default).Rows;
        foreach (var point in vector.HookPoints)
        {
            var probe = vector.Provenance.Probes![point.ToString()];
            var (seen, weights) = (ContrastRows.Of(rows[point]), Array.ConvertAll(vector[point].Values.ToArray(), w => (double)w));
            Assert.Equal(new LogisticRegression(weights, probe.Bias).Accuracy(seen), probe.HeldOutAccuracy);
            Assert.True(probe.HeldOutAccuracy > 0.9, $"{point}: {probe.HeldOutAccuracy}");
        }
        Assert.Null(vector.Scaled(2).Provenance.Probes);
        Assert.Null(new LinearProbe { HeldOut = 0 }.Fit(_words.Model, data).Provenance.Probes!["blocks.0.resid_post"].HeldOutAccuracy);
    }

    [Theory]
    [InlineData("lda", "shrinkage", 0.0)]
    [InlineData("lda", "shrinkage", 1.5)]
    [InlineData("linear-probe", "l2", 0.0)]
    [InlineData("linear-probe", "held-out", 1.0)]
    [InlineData("refusal-direction", "position", 0.0)]
    public void An_option_out_of_range_is_refused(string method, string option, double value) =>
        Assert.ThrowsAny<ArgumentException>(() => SteeringMethods.Create(method, new JsonObject { [option] = option == "position" ? (JsonNode)(int)value : value }));

    [Fact]
    public void Answers_that_do_not_differ_have_no_direction()
    {
        var same = new ContrastSet([new("w5", " w6", " w6")]);
        foreach (string name in (string[])["pca", "lda"])
            Assert.Contains("answers that differ", Assert.Throws<SteeringException>(() => SteeringMethods.Create(name, []).Fit(_words.Model, same)).Message, StringComparison.Ordinal);
    }

    // Pairs of the same question whose answers hold different words, beside some that differ from pair to pair.
    private static ContrastSet Pairs(int count)
    {
        var random = new Random(8);
        string Word(int first) => $"w{first + random.Next(40)}";
        return new ContrastSet([.. Enumerable.Range(0, count).Select(_ => new ContrastPair($"{Word(20)} {Word(20)}", $" w301 {Word(60)} w302", $" w311 {Word(60)} w312"))]);
    }

    private float[] RowFromEnd(int[] ids, HookPoint point, int position)
    {
        var capture = new ActivationCapture([point], (sequence, at) => at == ids.Length + position);
        using var run = new ModelRun(_words.Model, [new Sequence(ids)], [capture]);
        run.Forward(LogitRows.None);
        return capture[point].Values.ToArray();
    }
}
