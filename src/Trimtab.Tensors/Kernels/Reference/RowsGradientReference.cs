namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradients of rows taken from a table and of rows added to one.</summary>
internal static class RowsGradientReference
{
    /// <summary>y[t] = table[ids[t]]: the table's gradient, to which dy[t] is added at ids[t] for every t.</summary>
    public static double[,] Gather(double[,] dy, int[] ids, double[,] dtable)
    {
        var ones = new double[ids.Length];
        Array.Fill(ones, 1);
        return RowsReference.ScatterAdd(dy, ids, ones, dtable);
    }

    /// <summary>y[rows[t]] += weights[t] · x[t]: dx[t] = weights[t] · dy[rows[t]] and dweights[t] = x[t] · dy[rows[t]].</summary>
    public static (double[,] Dx, double[] Dweights) ScatterAdd(double[,] x, int[] rows, double[] weights, double[,] dy)
    {
        var (dx, dweights) = (new double[x.GetLength(0), x.GetLength(1)], new double[rows.Length]);
        for (int t = 0; t < rows.Length; t++)
            for (int i = 0; i < x.GetLength(1); i++)
            {
                dx[t, i] = weights[t] * dy[rows[t], i];
                dweights[t] += x[t, i] * dy[rows[t], i];
            }
        return (dx, dweights);
    }
}
