using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;

namespace Trimtab.Evaluation.Screening;

/// <summary>What is read of one text for one trait; a is the mean row over the answer's tokens.</summary>
/// <param name="Response">a · u.</param>
/// <param name="Cosine">a · u / ‖a‖.</param>
/// <param name="PromptLast">h · u, for h the row of the prompt's last token.</param>
internal readonly record struct TraitReading(float Response, float Cosine, float PromptLast);

/// <summary>Reads texts for traits: sends them through the model as far as the deepest trait, and keeps three numbers of each instead of its rows.</summary>
internal sealed class ResponseReader(LoadedModel model, IReadOnlyList<ScreenTrait> traits, int passTokens)
{
    private readonly HookPoint _last = traits.MaxBy(trait => trait.At.Layer)!.At;

    /// <summary>The readings of each text, in the order of the traits. They do not depend on which texts go together.</summary>
    public TraitReading[][] Read(IReadOnlyList<EncodedExample> texts, CancellationToken cancellation)
    {
        var readings = new TraitReading[texts.Count][];
        foreach (int[] pass in Passes(texts))
        {
            var sink = new Sink(traits);
            Sequence[] sequences = [.. pass.Select(text => new Sequence(texts[text].Ids, texts[text].PromptLength))];
            using var run = new ModelRun(model, sequences, [sink], _last);
            run.Forward(LogitRows.None, cancellation: cancellation);
            foreach (var (text, sequence) in pass.Zip(sequences))
                readings[text] = sink.Of(sequence);
        }
        return readings;
    }

    // Texts of like length go together, so that a pass of short ones holds many and a long one does not wait among them.
    private IEnumerable<int[]> Passes(IReadOnlyList<EncodedExample> texts)
    {
        var pass = new List<int>();
        int tokens = 0;
        foreach (int text in Enumerable.Range(0, texts.Count).OrderBy(text => texts[text].Ids.Length))
        {
            if (pass.Count > 0 && tokens + texts[text].Ids.Length > passTokens)
            {
                yield return [.. pass];
                (pass, tokens) = ([], 0);
            }
            pass.Add(text);
            tokens += texts[text].Ids.Length;
        }
        if (pass.Count > 0)
            yield return [.. pass];
    }

    // A text without a cache goes through whole, so that its rows come in one span at every point.
    private sealed class Sink(IReadOnlyList<ScreenTrait> traits) : IActivationSink
    {
        private readonly Dictionary<Sequence, TraitReading[]> _readings = [];
        private readonly float[] _mean = new float[traits[0].Unit.Length];

        public IReadOnlyCollection<HookPoint> Points { get; } = [.. traits.Select(trait => trait.At).Distinct()];

        public TraitReading[] Of(Sequence sequence) => _readings[sequence];

        public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
        {
            foreach (var span in rows)
            {
                int answer = span.FirstRow + span.Sequence.PromptLength;
                Mean(activation, answer, span.FirstRow + span.Count);
                float norm = TensorPrimitives.Norm<float>(_mean);
                if (!_readings.TryGetValue(span.Sequence, out var readings))
                    _readings[span.Sequence] = readings = new TraitReading[traits.Count];
                foreach (var (index, trait) in traits.Index().Where(trait => trait.Item.At == at))
                {
                    float response = TensorPrimitives.Dot<float>(_mean, trait.Unit);
                    readings[index] = new TraitReading(response, norm > 0 ? response / norm : 0, TensorPrimitives.Dot<float>(activation.Row(answer - 1), trait.Unit));
                }
            }
        }

        private void Mean(Tensor activation, int first, int end)
        {
            _mean.AsSpan().Clear();
            for (int row = first; row < end; row++)
                TensorPrimitives.Add(_mean, activation.Row(row), _mean);
            TensorPrimitives.Divide(_mean, (float)(end - first), _mean);
        }
    }
}
