using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Loading;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests;

/// <summary>The measure of a conversion against its definition, and what it must be where both models are one.</summary>
public sealed class ModelComparisonTests
{
    // Longer than one step of the comparison.
    private static readonly int[] Text = [.. Enumerable.Range(0, 150).Select(i => (i * 7919 + 13) % 331)];

    [Fact]
    public void A_model_agrees_with_itself()
    {
        var model = GoldenModel.Of("llama").Model;
        var result = ModelComparison.Of(model, model, [Text, Text[..7]]);
        Assert.Equal((157, 0.0, 0.0, 1.0), (result.TokenCount, result.MeanDivergence, result.LargestDivergence, result.TopAgreement));
        Assert.Equal(result.ReferencePerplexity, result.OtherPerplexity);
    }

    /// <summary>
    /// The definitions written out over the probabilities. Both ways sum 331 terms near 1 in double precision, with the difference of two logarithms of about 6: 1e-12
    /// is some thousand roundings.
    /// </summary>
    [Fact]
    public void Every_number_follows_its_definition()
    {
        var full = GoldenModel.Of("llama").Model;
        using var other = ModelLoader.Load(Path.Combine(Repository.Golden, "llama"), new LoadOptions { Quantise = DType.Q4_0 });
        double[][] p = Probabilities(full), q = Probabilities(other);
        double[] divergences = [.. p.Zip(q, (a, b) => a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum())];
        var result = ModelComparison.Of(full, other, [Text]);
        Assert.Equal(divergences.Average(), result.MeanDivergence, 1e-12);
        Assert.Equal(divergences.Max(), result.LargestDivergence, 1e-12);
        Assert.Equal(p.Zip(q, (a, b) => Array.IndexOf(a, a.Max()) == Array.IndexOf(b, b.Max()) ? 1.0 : 0).Average(), result.TopAgreement, 1e-12);
        Assert.Equal(Perplexity(p), result.ReferencePerplexity, 1e-9 * Perplexity(p));
        Assert.Equal(Perplexity(q), result.OtherPerplexity, 1e-9 * Perplexity(q));
        Assert.InRange(result.MeanDivergence, 1e-9, result.LargestDivergence);
    }

    [Fact]
    public void Texts_too_short_and_models_of_other_vocabularies_are_refused()
    {
        var model = GoldenModel.Of("llama").Model;
        Assert.Contains("no text", Assert.Throws<ArgumentException>(() => ModelComparison.Of(model, model, [])).Message, StringComparison.Ordinal);
        Assert.Contains("two tokens", Assert.Throws<ArgumentException>(() => ModelComparison.Of(model, model, [[1, 2], [3]])).Message, StringComparison.Ordinal);
        using var folder = ModelFolder.OfGolden("llama");
        folder.Config["vocab_size"] = 330;
        foreach (string name in folder.Tensors.Keys.Where(name => folder.Tensors[name].Shape[0] == 331).ToList())
            folder.Tensors[name] = folder.Tensors[name].Slice(0, 330).Keep();
        using var smaller = folder.Load();
        Assert.Contains("330", Assert.Throws<ArgumentException>(() => ModelComparison.Of(model, smaller, [[1, 2]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_without_a_tokenizer_is_refused() =>
        Assert.Throws<ModelFormatException>(() => ModelComparison.Windows(GoldenModel.Of("llama").Model, "a text"));

    private static double[][] Probabilities(LoadedModel model)
    {
        using var run = new ModelRun(model, [new Sequence(Text)]);
        var logits = run.Forward(LogitRows.All)!;
        return [.. Enumerable.Range(0, Text.Length).Select(row =>
        {
            double[] weights = [.. logits.Row(row).ToArray().Select(logit => Math.Exp((double)logit))];
            double sum = weights.Sum();
            return (double[])[.. weights.Select(weight => weight / sum)];
        })];
    }

    private static double Perplexity(double[][] probabilities) => Math.Exp(-Enumerable.Range(0, Text.Length - 1).Average(i => Math.Log(probabilities[i][Text[i + 1]])));
}
