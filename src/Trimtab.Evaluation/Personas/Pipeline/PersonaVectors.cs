using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// The vectors of a trait (Chen et al. 2025, section 2.2): at every place of the residual stream the mean over pairs of the positive answer's activation minus the negative
/// one's, v = E[h⁺] − E[h⁻], not normalised. Each holds the outputs of all blocks, and the embeddings and the final norm, which the published format has rows for.
/// </summary>
/// <param name="Response">Of the mean over the answer's tokens: the one that steers.</param>
/// <param name="Prompt">Of the mean over the prompt's tokens.</param>
/// <param name="LastPromptToken">Of the prompt's last token: the one that monitors.</param>
/// <param name="Shuffled">A control: <paramref name="Response"/> with the sides of half of the pairs, drawn by the seed, exchanged.</param>
public sealed record PersonaVectors(SteeringVector Response, SteeringVector Prompt, SteeringVector LastPromptToken, SteeringVector Shuffled)
{
    /// <summary>The method's name in provenance.</summary>
    public const string Method = "persona-vectors";

    private static readonly TokenRule[] Rules = [TokenRule.AnswerMean, TokenRule.WholePrompt, TokenRule.LastPromptToken];

    /// <summary>Reads both answers of every pair, each in one pass for all three rules. Running sums are all that is kept: memory grows with layers and width, not with pairs.</summary>
    /// <param name="model">The model whose activations are read.</param>
    /// <param name="examples">[2 · pairs]; positive and negative ones alternate.</param>
    /// <param name="seed">Decides which pairs the control exchanges.</param>
    /// <param name="dataHash">Identifies the pairs, for the record.</param>
    /// <param name="options">What else the record says of how they came to be.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="ArgumentException">There are fewer than two pairs, or an answer has no token.</exception>
    public static PersonaVectors Read(LoadedModel model, IReadOnlyList<EncodedExample> examples, int seed, string dataHash, JsonObject? options = null, CancellationToken cancellation = default)
    {
        int pairs = examples.Count / 2;
        if (examples.Count % 2 != 0 || pairs < 2)
            throw new ArgumentException($"Persona vectors: {examples.Count} examples were given — at least two pairs are needed.", nameof(examples));
        HookPoint[] points = [HookPoint.Embed, .. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost), HookPoint.FinalNorm];
        var sums = Rules.ToDictionary(rule => rule, _ => new RunningSums(points, model.Config.HiddenSize));
        var (shuffled, exchanged, activations) = (new RunningSums(points, model.Config.HiddenSize), Exchanged(pairs, seed), new PooledActivations());
        activations.Read(model, examples, Rules, points, (example, rule, point, row) =>
        {
            int sign = example % 2 == 0 ? 1 : -1;
            sums[rule].Add(point, row, sign);
            if (rule == TokenRule.AnswerMean)
                shuffled.Add(point, row, exchanged.Contains(example / 2) ? -sign : sign);
        }, null, cancellation);
        var record = Provenance.For(model, Method) with
        {
            MethodOptions = options is null ? null : JsonSerializer.SerializeToElement(options), DataHash = dataHash, ExampleCount = pairs, ChatTemplateHash = model.ChatTemplate?.Hash,
        };
        SteeringVector Vector(RunningSums of, TokenRule rule, string name, int? drawn = null) =>
            SteeringVector.FromDirections(of.Means(pairs), record with { TokenRule = rule.Name(), ResidualNorms = activations.MeanNorms(rule), Seed = drawn, Steps = drawn is null ? null : ["sides of half of the pairs exchanged"] }, name);
        return new PersonaVectors(Vector(sums[TokenRule.AnswerMean], TokenRule.AnswerMean, "response_avg"), Vector(sums[TokenRule.WholePrompt], TokenRule.WholePrompt, "prompt_avg"),
            Vector(sums[TokenRule.LastPromptToken], TokenRule.LastPromptToken, "prompt_last"), Vector(shuffled, TokenRule.AnswerMean, "shuffled", seed));
    }

    /// <summary>
    /// The pairs whose sides the control exchanges. Exactly half of them: were each exchanged by the toss of a coin, a rest of the true difference would remain, of 1/√pairs of its
    /// length, and so would 1/√pairs of the noise; at equal length such a control is the vector itself to a fixed part, however many pairs there are.
    /// </summary>
    internal static HashSet<int> Exchanged(int pairs, int seed)
    {
        int[] order = [.. Enumerable.Range(0, pairs)];
        new Random(seed).Shuffle(order);
        return [.. order.Take(pairs / 2)];
    }

    // In double precision: thousands of answers are summed.
    private sealed class RunningSums(IReadOnlyList<HookPoint> points, int width)
    {
        private readonly Dictionary<HookPoint, double[]> _sums = points.ToDictionary(point => point, _ => new double[width]);
        private readonly double[] _row = new double[width];

        public void Add(HookPoint point, ReadOnlySpan<float> row, int sign)
        {
            TensorPrimitives.ConvertTruncating<float, double>(row, _row);
            TensorPrimitives.MultiplyAdd<double>(_row, sign, _sums[point], _sums[point]);
        }

        public IEnumerable<(HookPoint, Tensor)> Means(int pairs) => _sums.Select(sum => (sum.Key, Tensor.From(Array.ConvertAll(sum.Value, value => (float)(value / pairs)))));
    }
}
