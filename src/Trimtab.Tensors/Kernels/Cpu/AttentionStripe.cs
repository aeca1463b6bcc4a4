using System.Numerics;
using System.Numerics.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// The scores of a tile of query rows with all keys they see, [key][row], on their way to attention weights and to the gradients of the scores. Every row is a lane of
/// the vectors: it is summed over its keys in ascending order by itself.
/// </summary>
internal readonly unsafe struct AttentionStripe(float* weights, float* gradients, float* bends, float* lanes, int keys, int rows, AttentionShape shape)
{
    // Four numbers for each row.
    private Span<float> Largest => new(lanes, rows);

    private Span<float> Sums => new(lanes + rows, rows);

    private Span<int> FirstKeys => new(lanes + 2 * rows, rows);

    private Span<int> LastKeys => new(lanes + 3 * rows, rows);

    private Span<float> All(float* values) => new(values, checked(keys * rows));

    private Span<float> Key(float* values, int key) => new(values + (long)key * rows, rows);

    /// <summary>From products of queries and keys to scores, minus infinity where a row does not see a key or is there only to fill the panel.</summary>
    /// <param name="position">The position of the first row.</param>
    /// <param name="lowest">The position of the stripe's first key.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="group">How many neighbouring rows have the same position.</param>
    public void Mask(int position, int lowest, int count, int group)
    {
        Score();
        for (int r = 0; r < rows; r++)
        {
            FirstKeys[r] = r < count ? shape.FirstKey(position + r / group) - lowest : int.MaxValue;
            LastKeys[r] = r < count ? position + r / group - lowest : -1;
        }
        Largest.Fill(float.MinValue);
        for (int key = 0; key < keys; key++)
            HideKey(key);
    }

    /// <summary>From scores and gradients of weights to weights P and gradients of products: dS = scale · bend · P ⊙ (dP − Σ P dP).</summary>
    public void ToScoreGradients()
    {
        ToWeights();
        var means = Sums;
        means.Clear();
        for (int key = 0; key < keys; key++)
            TensorPrimitives.FusedMultiplyAdd<float>(Key(weights, key), Key(gradients, key), means, means);
        for (int key = 0; key < keys; key++)
            TensorPrimitives.Subtract(Key(gradients, key), means, Key(gradients, key));
        TensorPrimitives.Multiply(All(gradients), All(weights), All(gradients));
        TensorPrimitives.Multiply(All(gradients), shape.Scale, All(gradients));
        if (shape.SoftCap > 0)
            TensorPrimitives.Multiply(All(gradients), All(bends), All(gradients));
    }

    // The slope of c · tanh(s / c) is 1 − tanh².
    private void Score()
    {
        var scores = All(weights);
        if (shape.SoftCap <= 0)
        {
            TensorPrimitives.Multiply(scores, shape.Scale, scores);
            return;
        }
        TensorPrimitives.Multiply(scores, shape.Scale / shape.SoftCap, scores);
        TensorPrimitives.Tanh(scores, scores);
        var slopes = All(bends);
        TensorPrimitives.Multiply(scores, scores, slopes);
        TensorPrimitives.Subtract(1f, slopes, slopes);
        TensorPrimitives.Multiply(scores, shape.SoftCap, scores);
    }

    private void HideKey(int key)
    {
        float* scores = weights + (long)key * rows, largest = lanes;
        int* first = (int*)(lanes + 2 * rows), last = (int*)(lanes + 3 * rows);
        for (int r = 0; r < rows; r += Vector<float>.Count)
        {
            var seen = Vector.LessThanOrEqual(Vector.Load(first + r), new Vector<int>(key)) & Vector.GreaterThanOrEqual(Vector.Load(last + r), new Vector<int>(key));
            var score = Vector.ConditionalSelect(seen, Vector.Load(scores + r), new Vector<float>(float.NegativeInfinity));
            score.Store(scores + r);
            Vector.Max(score, Vector.Load(largest + r)).Store(largest + r);
        }
    }

    // Rows that see nothing fill a panel up: their sums are 0, and so are their weights.
    private void ToWeights()
    {
        Span<float> largest = Largest, sums = Sums;
        for (int key = 0; key < keys; key++)
            TensorPrimitives.Subtract(Key(weights, key), largest, Key(weights, key));
        TensorPrimitives.Exp(All(weights), All(weights));
        sums.Clear();
        for (int key = 0; key < keys; key++)
            TensorPrimitives.Add(Key(weights, key), sums, sums);
        foreach (ref float sum in sums)
            sum = sum == 0 ? 0 : 1 / sum;
        for (int key = 0; key < keys; key++)
            TensorPrimitives.Multiply(Key(weights, key), sums, Key(weights, key));
    }
}
