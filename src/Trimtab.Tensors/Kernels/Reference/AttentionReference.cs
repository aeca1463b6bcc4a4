using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Causal attention with grouped heads, window and soft-cap, straight from the definition in <see cref="AttentionShape"/>.</summary>
internal static class AttentionReference
{
    /// <summary>The probabilities [T, H, keys]: q [T, H·E], k [keys, Hk·E]; 0 for keys that a query does not see.</summary>
    public static double[,,] Pattern(double[,] q, double[,] k, int firstPosition, in AttentionShape shape)
    {
        int rows = q.GetLength(0), keys = k.GetLength(0);
        var pattern = new double[rows, shape.Heads, keys];
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                var scores = new double[keys];
                for (int key = 0; key < keys; key++)
                    scores[key] = Sees(firstPosition + row, key, shape) ? Score(q, row, k, key, head, shape) : double.NegativeInfinity;
                var probabilities = SoftmaxReference.Softmax(scores);
                for (int key = 0; key < keys; key++)
                    pattern[row, head, key] = probabilities[key];
            }
        }
        return pattern;
    }

    /// <summary>The values under given probabilities: pattern [T, H, keys], v [keys, Hk·Ev], result [T, H·Ev].</summary>
    public static double[,] Mix(double[,,] pattern, double[,] v, in AttentionShape shape)
    {
        int rows = pattern.GetLength(0);
        var y = new double[rows, shape.Heads * shape.ValueSize];
        for (int row = 0; row < rows; row++)
            for (int head = 0; head < shape.Heads; head++)
                for (int i = 0; i < shape.ValueSize; i++)
                    for (int key = 0; key < v.GetLength(0); key++)
                        y[row, head * shape.ValueSize + i] += pattern[row, head, key] * v[key, KeyHead(head, shape) * shape.ValueSize + i];
        return y;
    }

    private static bool Sees(int position, int key, in AttentionShape shape) => key <= position && (shape.Window == 0 || position - key < shape.Window);

    // Consecutive query heads share one key head.
    private static int KeyHead(int head, in AttentionShape shape) => head / (shape.Heads / shape.KeyHeads);

    private static double Score(double[,] q, int row, double[,] k, int key, int head, in AttentionShape shape)
    {
        double dot = 0;
        for (int i = 0; i < shape.KeySize; i++)
            dot += q[row, head * shape.KeySize + i] * k[key, KeyHead(head, shape) * shape.KeySize + i];
        return SoftmaxReference.SoftCap(shape.Scale * dot, shape.SoftCap);
    }
}
