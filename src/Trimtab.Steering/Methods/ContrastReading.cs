using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>What a method reads from contrasting examples at the output of every block, and the record that its vector will carry.</summary>
/// <param name="Rows">The pooled rows by hook point, [2 · pairs, D]; positive and negative alternate, so that a pair shares a pass.</param>
/// <param name="Provenance">The model, the method, the data and the length of the rows.</param>
internal sealed record ContrastReading(IReadOnlyDictionary<HookPoint, Tensor> Rows, Provenance Provenance)
{
    /// <summary>How many pairs were read.</summary>
    public int PairCount => Rows.First().Value.RowCount / 2;

    /// <summary>Reads both answers of every pair in which there is something to read.</summary>
    /// <exception cref="SteeringException">There is no such pair.</exception>
    public static ContrastReading OfAnswers(ISteeringMethod method, LoadedModel model, ContrastSet data, TokenRule tokens, PromptForm form, IProgress<int>? progress, CancellationToken cancellation)
    {
        var (readable, examples) = data.Readable(model, form, tokens);
        return Of(method, model, readable, examples, tokens, progress, cancellation);
    }

    /// <summary>Reads examples, in which positive and negative ones alternate.</summary>
    public static ContrastReading Of(ISteeringMethod method, LoadedModel model, ContrastSet data, IReadOnlyList<EncodedExample> examples, TokenRule tokens, IProgress<int>? progress, CancellationToken cancellation)
    {
        HookPoint[] points = [.. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost)];
        var activations = new PooledActivations();
        var rows = activations.Read(model, examples, tokens, points, progress, cancellation);
        return new ContrastReading(rows, FitProvenance.Of(method, model, data, tokens, activations.MeanNorms(tokens)));
    }

    /// <summary>The vector whose direction at each point is what <paramref name="direction"/> makes of the rows there.</summary>
    /// <param name="direction">The direction of some rows.</param>
    /// <param name="complete">Adds to the record what was learned on the way, after the last direction.</param>
    /// <exception cref="SteeringException">The examples of a layer do not tell the classes apart.</exception>
    public SteeringVector Fit(Func<HookPoint, ContrastRows, double[]> direction, Func<Provenance, Provenance>? complete = null)
    {
        var directions = Rows.Select(rows => (rows.Key, Rounded(rows.Key, direction))).ToArray();
        return SteeringVector.FromDirections(directions, complete?.Invoke(Provenance) ?? Provenance);
    }

    private Tensor Rounded(HookPoint point, Func<HookPoint, ContrastRows, double[]> direction)
    {
        try
        {
            return Tensor.From(Array.ConvertAll(direction(point, ContrastRows.Of(Rows[point])), value => (float)value));
        }
        catch (ArgumentException e)
        {
            throw new SteeringException($"Fit at {point}: {e.Message} Give answers that differ in the tokens that are read.", e);
        }
    }
}
