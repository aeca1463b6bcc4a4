namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradients of softmax, soft-capping and cross-entropy.</summary>
internal static class SoftmaxGradientReference
{
    /// <summary>y = softmax(x): dx[i] = Σⱼ dy[j] · y[j] · (1 where i = j, − y[i]).</summary>
    public static double[] Softmax(double[] y, double[] dy)
    {
        var dx = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
            for (int j = 0; j < y.Length; j++)
                dx[i] += dy[j] * y[j] * ((i == j ? 1 : 0) - y[i]);
        return dx;
    }

    /// <summary>y = cap · tanh(x / cap): dx = dy · (1 − (y / cap)²).</summary>
    public static double SoftCap(double y, double cap, double dy) => dy * (1 - y / cap * (y / cap));

    /// <summary>−log softmax(logits)[target].</summary>
    public static double CrossEntropy(double[] logits, int target)
    {
        double largest = logits.Max();
        return largest + Math.Log(logits.Sum(v => Math.Exp(v - largest))) - logits[target];
    }

    /// <summary>Its gradient, softmax less 1 at the target.</summary>
    public static double[] CrossEntropyGradient(double[] logits, int target)
    {
        var gradient = SoftmaxReference.Softmax(logits);
        gradient[target] -= 1;
        return gradient;
    }
}
