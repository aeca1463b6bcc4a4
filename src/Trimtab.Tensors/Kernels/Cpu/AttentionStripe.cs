using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// The scores of a tile of query rows with all keys they see, [key][row], on their way to attention weights and to the gradients of the scores. Every row is a lane of
/// the vectors: it is summed over its keys in ascending order by itself. A stripe is larger than the near caches, so each of the four steps passes over it once.
/// </summary>
internal readonly unsafe struct AttentionStripe(float* weights, float* gradients, float* bends, float* lanes, int keys, int rows, AttentionShape shape)
{
    // Four numbers for each row.
    private float* Largest => lanes;

    private float* Sums => lanes + rows;

    private int* FirstKeys => (int*)(lanes + 2 * rows);

    private int* LastKeys => (int*)(lanes + 3 * rows);

    /// <summary>From products of queries and keys to scores, minus infinity where a row does not see a key or is there only to fill the panel.</summary>
    /// <param name="position">The position of the first row.</param>
    /// <param name="lowest">The position of the stripe's first key.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="group">How many neighbouring rows have the same position.</param>
    public void Mask(int position, int lowest, int count, int group)
    {
        for (int r = 0; r < rows; r++)
        {
            FirstKeys[r] = r < count ? shape.FirstKey(position + r / group) - lowest : int.MaxValue;
            LastKeys[r] = r < count ? position + r / group - lowest : -1;
        }
        new Span<float>(Largest, rows).Fill(float.MinValue);
        for (int key = 0; key < keys; key++)
            Score(key);
    }

    /// <summary>From scores and gradients of weights to weights P and gradients of products: dS = scale · bend · P ⊙ (dP − Σ P dP).</summary>
    public void ToScoreGradients()
    {
        new Span<float>(Sums, rows).Clear();
        for (int key = 0; key < keys; key++)
            Exponentiate(key);
        // Rows that see nothing fill a panel up: their sums are 0, and so are their weights.
        for (int r = 0; r < rows; r++)
            Largest[r] = Sums[r] == 0 ? 0 : 1 / Sums[r];
        new Span<float>(Sums, rows).Clear();
        for (int key = 0; key < keys; key++)
            Normalise(key, Largest);
        for (int key = 0; key < keys; key++)
            Centre(key);
    }

    // The slope of c · tanh(s / c) is 1 − tanh².
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(int key)
    {
        float* scores = weights + (long)key * rows, slopes = bends + (long)key * rows;
        bool capped = shape.SoftCap > 0;
        Vector256<float> scale = Vector256.Create(capped ? shape.Scale / shape.SoftCap : shape.Scale), cap = Vector256.Create(shape.SoftCap);
        for (int r = 0; r < rows; r += Vector256<float>.Count)
        {
            var score = Vector256.Load(scores + r) * scale;
            if (capped)
            {
                score = VectorFunctions.Tanh(score);
                (Vector256.Create(1f) - score * score).Store(slopes + r);
                score *= cap;
            }
            var seen = Vector256.LessThanOrEqual(Vector256.Load(FirstKeys + r), Vector256.Create(key)) & Vector256.GreaterThanOrEqual(Vector256.Load(LastKeys + r), Vector256.Create(key));
            score = Vector256.ConditionalSelect(seen.AsSingle(), score, Vector256.Create(float.NegativeInfinity));
            score.Store(scores + r);
            Vector256.Max(score, Vector256.Load(Largest + r)).Store(Largest + r);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Exponentiate(int key)
    {
        float* scores = weights + (long)key * rows;
        for (int r = 0; r < rows; r += Vector256<float>.Count)
        {
            var weight = VectorFunctions.Exp(Vector256.Load(scores + r) - Vector256.Load(Largest + r));
            weight.Store(scores + r);
            (Vector256.Load(Sums + r) + weight).Store(Sums + r);
        }
    }

    // Weights that sum to 1, and the mean of their gradients.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalise(int key, float* factors)
    {
        float* weight = weights + (long)key * rows, gradient = gradients + (long)key * rows;
        for (int r = 0; r < rows; r += Vector256<float>.Count)
        {
            var normed = Vector256.Load(weight + r) * Vector256.Load(factors + r);
            normed.Store(weight + r);
            Vector256.FusedMultiplyAdd(normed, Vector256.Load(gradient + r), Vector256.Load(Sums + r)).Store(Sums + r);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Centre(int key)
    {
        float* weight = weights + (long)key * rows, gradient = gradients + (long)key * rows, slopes = bends + (long)key * rows;
        for (int r = 0; r < rows; r += Vector256<float>.Count)
        {
            var centred = (Vector256.Load(gradient + r) - Vector256.Load(Sums + r)) * Vector256.Load(weight + r) * Vector256.Create(shape.Scale);
            (shape.SoftCap > 0 ? centred * Vector256.Load(slopes + r) : centred).Store(gradient + r);
        }
    }
}
