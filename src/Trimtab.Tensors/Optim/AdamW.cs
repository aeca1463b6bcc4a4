using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Trimtab.Tensors.Autograd;

namespace Trimtab.Tensors.Optim;

/// <summary>The settings of <see cref="AdamW"/>; the defaults are torch's.</summary>
public sealed record AdamWOptions
{
    /// <summary>β₁, the memory of the mean gradient, 0 … 1, 1 excluded.</summary>
    public double Beta1
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw Refused("beta 1", value, "0 … 1, 1 excluded");
    } = 0.9;

    /// <summary>β₂, the memory of the mean squared gradient, 0 … 1, 1 excluded.</summary>
    public double Beta2
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw Refused("beta 2", value, "0 … 1, 1 excluded");
    } = 0.999;

    /// <summary>Added to the root of the mean square; 0 or more.</summary>
    public double Epsilon
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw Refused("epsilon", value, "a number from 0");
    } = 1e-8;

    /// <summary>The share of a matrix that a step takes away, times the learning rate; 0 or more. Vectors (norms, biases) are left alone where <see cref="DecayVectors"/> is off.</summary>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw Refused("the weight decay", value, "a number from 0");
    } = 0.01;

    /// <summary>Whether vectors decay as well, as in torch where nobody sorts them out.</summary>
    public bool DecayVectors { get; init; } = true;

    private static ArgumentException Refused(string what, double value, string range) =>
        new(string.Create(CultureInfo.InvariantCulture, $"AdamW: {what} is {value} — it must be {range}."), nameof(value));
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv 1711.05101, algorithm 2): p ← p − η · (m̂ / (√v̂ + ε) + λp), computed in the order of torch.optim.AdamW. Each value
/// is computed alone, so results depend on no number of threads.
/// </summary>
public sealed class AdamW
{
    private readonly AdamWOptions _options;
    private readonly IReadOnlyList<(Parameter Parameter, Tensor Mean, Tensor Square)> _moments;

    /// <summary>An optimiser that has made no step yet.</summary>
    /// <param name="parameters">What it changes.</param>
    /// <param name="options">How.</param>
    public AdamW(IReadOnlyList<Parameter> parameters, AdamWOptions? options = null)
    {
        _options = options ?? new AdamWOptions();
        _moments = [.. parameters.Select(parameter => (parameter, Tensor.Zeros(parameter.Value.Shape), Tensor.Zeros(parameter.Value.Shape)))];
    }

    /// <summary>How many steps were made.</summary>
    public long StepCount { get; set; }

    /// <summary>The memories of every parameter, for checkpoints: "name.mean" and "name.square". They may be written to between steps.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State =>
        _moments.SelectMany(m => new[] { ($"{m.Parameter.Name}.mean", m.Mean), ($"{m.Parameter.Name}.square", m.Square) });

    /// <summary>Changes every parameter by its gradient.</summary>
    /// <param name="learningRate">η.</param>
    public void Step(double learningRate)
    {
        StepCount++;
        double meanCorrection = 1 - Math.Pow(_options.Beta1, StepCount), squareCorrection = 1 - Math.Pow(_options.Beta2, StepCount);
        foreach (var (parameter, mean, square) in _moments)
        {
            bool decays = _options.DecayVectors || parameter.Value.Shape.Rank > 1;
            var constants = new Constants(
                Keep: (float)(1 - (decays ? learningRate * _options.WeightDecay : 0)), Beta1: (float)_options.Beta1, Beta2: (float)_options.Beta2,
                Rate: (float)(learningRate / meanCorrection), SquareScale: (float)Math.Sqrt(squareCorrection), Epsilon: (float)_options.Epsilon);
            Update(parameter.Value.Values, parameter.Gradient.Values, mean.Values, square.Values, constants);
        }
    }

    private static void Update(Span<float> values, ReadOnlySpan<float> gradients, Span<float> means, Span<float> squares, in Constants c)
    {
        int whole = values.Length - values.Length % Vector<float>.Count;
        Span<Vector<float>> v = Vectors(values[..whole]), m = Vectors(means[..whole]), s = Vectors(squares[..whole]);
        var g = Vectors(gradients[..whole]);
        for (int i = 0; i < v.Length; i++)
        {
            m[i] += (g[i] - m[i]) * (1 - c.Beta1);
            s[i] = s[i] * c.Beta2 + g[i] * g[i] * (1 - c.Beta2);
            v[i] = v[i] * c.Keep - m[i] / (Vector.SquareRoot(s[i]) / new Vector<float>(c.SquareScale) + new Vector<float>(c.Epsilon)) * c.Rate;
        }
        for (int i = whole; i < values.Length; i++)
        {
            means[i] += (gradients[i] - means[i]) * (1 - c.Beta1);
            squares[i] = squares[i] * c.Beta2 + gradients[i] * gradients[i] * (1 - c.Beta2);
            values[i] = values[i] * c.Keep - means[i] / (MathF.Sqrt(squares[i]) / c.SquareScale + c.Epsilon) * c.Rate;
        }
    }

    private static Span<Vector<float>> Vectors(Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    private readonly record struct Constants(float Keep, float Beta1, float Beta2, float Rate, float SquareScale, float Epsilon);
}
