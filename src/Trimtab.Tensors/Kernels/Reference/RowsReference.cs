namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Rows taken from a table and rows added to one.</summary>
internal static class RowsReference
{
    /// <summary>y[t] = table[ids[t]].</summary>
    public static double[,] Gather(double[,] table, int[] ids)
    {
        var y = new double[ids.Length, table.GetLength(1)];
        for (int t = 0; t < ids.Length; t++)
            for (int i = 0; i < table.GetLength(1); i++)
                y[t, i] = table[ids[t], i];
        return y;
    }

    /// <summary>y with weights[t] · x[t] added to row rows[t], for every t; a row may occur several times.</summary>
    public static double[,] ScatterAdd(double[,] x, int[] rows, double[] weights, double[,] y)
    {
        var sum = (double[,])y.Clone();
        for (int t = 0; t < rows.Length; t++)
            for (int i = 0; i < x.GetLength(1); i++)
                sum[rows[t], i] += weights[t] * x[t, i];
        return sum;
    }
}
