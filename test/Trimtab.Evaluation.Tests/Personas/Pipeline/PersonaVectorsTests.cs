using Trimtab.Evaluation.Personas;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas.Pipeline;

/// <summary>The vectors against plain loops over all activations.</summary>
public sealed class PersonaVectorsTests : IDisposable
{
    // Two sides of five pairs, with prompts and answers of different lengths.
    private static readonly (string System, string Question, string Answer)[] Texts =
    [
        ("w10 w11", "w20", "w30 w31"), ("w12", "w20", "w40"),
        ("w10 w11", "w21 w22 w23", "w32"), ("w12", "w21 w22 w23", "w41 w42 w43 w44"),
        ("w13", "w24", "w33 w34 w35"), ("w14 w15 w16", "w24", "w45 w46"),
        ("w13", "w25 w26", "w36 w36"), ("w14 w15 w16", "w25 w26", "w47"),
        ("w17", "w27", "w37 w38 w39"), ("w18", "w27", "w48 w49 w50"),
    ];

    private readonly WordModel _words = new();

    public void Dispose() => _words.Dispose();

    [Fact]
    public void Every_rule_at_every_layer_is_the_mean_difference_of_plain_loops()
    {
        const int Seed = 6;
        var examples = Texts.Select(text => ExampleEncoder.Encode(_words.Model, Chat.System(text.System).WithUser(text.Question), text.Answer)).ToList();
        var vectors = PersonaVectors.Read(_words.Model, examples, Seed, "0123");
        HookPoint[] points = [HookPoint.Embed, .. Enumerable.Range(0, _words.Model.LayerCount).Select(HookPoint.ResidPost), HookPoint.FinalNorm];
        Assert.Equal(points, vectors.Response.HookPoints);
        var exchanged = PersonaVectors.Exchanged(Texts.Length / 2, Seed);
        foreach (var point in points)
        {
            var rows = examples.Select(example => Rows(example, point)).ToArray();
            int[] ends = [.. examples.Select(example => example.PromptLength)];
            Compare("response", vectors.Response, point, rows, i => ends[i]..rows[i].Length, _ => 1);
            Compare("prompt", vectors.Prompt, point, rows, i => 0..ends[i], _ => 1);
            Compare("last prompt token", vectors.LastPromptToken, point, rows, i => (ends[i] - 1)..ends[i], _ => 1);
            Compare("shuffled", vectors.Shuffled, point, rows, i => ends[i]..rows[i].Length, pair => exchanged.Contains(pair) ? -1 : 1);
        }
    }

    [Fact]
    public void A_vector_says_what_it_was_made_from()
    {
        var examples = Texts.Select(text => ExampleEncoder.Encode(_words.Model, Chat.System(text.System).WithUser(text.Question), text.Answer)).ToList();
        var vectors = PersonaVectors.Read(_words.Model, examples, 6, "0123");
        var all = (SteeringVector[])[vectors.Response, vectors.Prompt, vectors.LastPromptToken, vectors.Shuffled];
        Assert.Equal(["answer-mean", "whole-prompt", "last-prompt-token", "answer-mean"], all.Select(vector => vector.Provenance.TokenRule));
        Assert.All(all, vector => Assert.Equal((PersonaVectors.Method, "0123", 5, _words.Model.Fingerprint), (vector.Provenance.Method, vector.Provenance.DataHash, vector.Provenance.ExampleCount, vector.Provenance.ModelFingerprint)));
        Assert.Equal([null, null, null, 6L], all.Select(vector => vector.Provenance.Seed));
        double[] norms = [.. examples.SelectMany(example => Rows(example, HookPoint.ResidPost(0))[example.PromptLength..]).Select(row => Math.Sqrt(row.Sum(value => value * value)))];
        Assert.Equal(norms.Average(), vectors.Response.Provenance.ResidualNorms!["blocks.0.resid_post"], 1e-4);
    }

    [Fact]
    public void The_published_format_holds_every_row_but_the_last_block()
    {
        var examples = Texts.Select(text => ExampleEncoder.Encode(_words.Model, Chat.System(text.System).WithUser(text.Question), text.Answer)).ToList();
        var vector = PersonaVectors.Read(_words.Model, examples, 6, "0123").Response;
        string path = Path.Combine(_words.Folder, "evil_response_avg_diff.pt");
        var report = VectorFormats.Export(vector, path, "persona");
        Assert.Equal(HookPoint.ResidPost(_words.Model.LayerCount - 1), Assert.Single(report.Omitted).Point);
        Assert.Empty(report.Notes);
        var read = VectorFormats.Import(path);
        foreach (var point in read.HookPoints)
            Near.Identical(vector[point].Values, read[point].Values, point.ToString());
    }

    [Theory, InlineData(2), InlineData(7), InlineData(100)]
    public void The_control_exchanges_half_of_the_pairs_by_its_seed(int pairs)
    {
        Assert.Equal(pairs / 2, PersonaVectors.Exchanged(pairs, 3).Count);
        Assert.True(PersonaVectors.Exchanged(pairs, 3).SetEquals(PersonaVectors.Exchanged(pairs, 3)));
        Assert.Contains(Enumerable.Range(4, 20), seed => !PersonaVectors.Exchanged(pairs, seed).SetEquals(PersonaVectors.Exchanged(pairs, 3)));
    }

    [Fact]
    public void One_pair_is_refused()
    {
        var examples = Texts.Take(2).Select(text => ExampleEncoder.Encode(_words.Model, Chat.User(text.Question), text.Answer)).ToList();
        Assert.Contains("two pairs", Assert.Throws<ArgumentException>(() => PersonaVectors.Read(_words.Model, examples, 1, "0123")).Message, StringComparison.Ordinal);
    }

    private static void Compare(string rule, SteeringVector vector, HookPoint point, double[][][] rows, Func<int, Range> read, Func<int, int> sign)
    {
        var expected = new double[vector.Dimension];
        for (int i = 0; i < rows.Length; i++)
        {
            double[][] chosen = rows[i][read(i)];
            for (int d = 0; d < expected.Length; d++)
                expected[d] += (i % 2 == 0 ? 1 : -1) * sign(i / 2) * chosen.Average(row => row[d]) / (rows.Length / 2);
        }
        Near.Equal(Array.ConvertAll(expected, value => (float)value), vector[point].Values, 1e-5f, $"{rule} at {point}");
    }

    private double[][] Rows(EncodedExample example, HookPoint point)
    {
        var capture = new ActivationCapture([point]);
        using var run = new ModelRun(_words.Model, [new Sequence(example.Ids)], [capture]);
        run.Forward(LogitRows.None);
        return [.. Enumerable.Range(0, example.Ids.Length).Select(row => Array.ConvertAll(capture[point].Row(row).ToArray(), value => (double)value))];
    }
}
