using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradients of causal attention, term by term.</summary>
internal static class AttentionGradientReference
{
    /// <summary>dq, dk and dv of y = mix(pattern(q, k), v) for the output's gradient dy [T, H·Ev].</summary>
    public static (double[,] Dq, double[,] Dk, double[,] Dv) Gradients(double[,] q, double[,] k, double[,] v, double[,] dy, int firstPosition, in AttentionShape shape)
    {
        var pattern = AttentionReference.Pattern(q, k, firstPosition, shape);
        var (dq, dk, dv) = (Like(q), Like(k), Like(v));
        int keys = k.GetLength(0), group = shape.Heads / shape.KeyHeads;
        for (int row = 0; row < q.GetLength(0); row++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                int keyHead = head / group;
                double mean = 0;
                for (int key = 0; key < keys; key++)
                    mean += pattern[row, head, key] * Dot(dy, row, head, v, key, keyHead, shape.ValueSize);
                for (int key = 0; key < keys; key++)
                {
                    double weight = pattern[row, head, key];
                    for (int i = 0; i < shape.ValueSize; i++)
                        dv[key, keyHead * shape.ValueSize + i] += weight * dy[row, head * shape.ValueSize + i];
                    double capped = SoftmaxReference.SoftCap(shape.Scale * Dot(q, row, head, k, key, keyHead, shape.KeySize), shape.SoftCap);
                    double slope = shape.SoftCap == 0 ? 1 : 1 - Math.Pow(capped / shape.SoftCap, 2);
                    double dot = shape.Scale * slope * weight * (Dot(dy, row, head, v, key, keyHead, shape.ValueSize) - mean);
                    for (int i = 0; i < shape.KeySize; i++)
                    {
                        dq[row, head * shape.KeySize + i] += dot * k[key, keyHead * shape.KeySize + i];
                        dk[key, keyHead * shape.KeySize + i] += dot * q[row, head * shape.KeySize + i];
                    }
                }
            }
        }
        return (dq, dk, dv);
    }

    private static double Dot(double[,] x, int row, int head, double[,] y, int otherRow, int otherHead, int size)
    {
        double sum = 0;
        for (int i = 0; i < size; i++)
            sum += x[row, head * size + i] * y[otherRow, otherHead * size + i];
        return sum;
    }

    private static double[,] Like(double[,] x) => new double[x.GetLength(0), x.GetLength(1)];
}
