using System.Globalization;
using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering.Sae;

/// <summary>What happens to a row before it is encoded, and is undone after decoding, as the autoencoder was trained. D is the row's width.</summary>
public abstract record SaeNormalisation
{
    private protected SaeNormalisation() { }

    /// <summary>Rows go in as they are.</summary>
    public static SaeNormalisation None { get; } = new FixedScale(1, 1);

    /// <summary>Whether the change depends on the row: then no fixed direction of the model's rows is a latent's encoder, and decoding needs the rows.</summary>
    public abstract bool IsPerRow { get; }

    /// <summary>The kind and its numbers, as text.</summary>
    internal abstract string Identity { get; }

    /// <summary>The rows as the encoder wants them; the same tensor where nothing changes.</summary>
    internal abstract Tensor Apply(Tensor rows);

    /// <summary>Brings a decoded row back to the model's scale.</summary>
    /// <param name="row">The input row that it belongs to; empty where the change does not depend on it.</param>
    /// <param name="output">The decoded row, changed in place.</param>
    internal abstract void Undo(ReadOnlySpan<float> row, Span<float> output);

    /// <summary>
    /// What a difference between two decodings of one row is multiplied by on its way back to the model's scale, beyond what <see cref="SparseAutoencoder.DecoderRow"/>
    /// holds already: 1 where the change does not depend on the row.
    /// </summary>
    /// <param name="row">The input row.</param>
    internal virtual float UndoneFactor(ReadOnlySpan<float> row) => 1;
}

/// <summary>
/// x ← s · x, and y ← y / s′ of what comes out: rows of a data set's mean length become √D long (s = √D / mean ‖x‖), by one number for all of them. SAELens calls it
/// expected_average_only_in, OpenMOSS dataset-wise.
/// </summary>
/// <param name="Input">s.</param>
/// <param name="Output">s′; s itself, but for transcoders.</param>
public sealed record FixedScale(float Input, float Output) : SaeNormalisation
{
    /// <inheritdoc/>
    public override bool IsPerRow => false;

    internal override string Identity => string.Create(CultureInfo.InvariantCulture, $"scale {Input:R} {Output:R}");

    internal override Tensor Apply(Tensor rows) => Input == 1 ? rows : rows.Scale(Input);

    internal override void Undo(ReadOnlySpan<float> row, Span<float> output)
    {
        if (Output != 1)
            TensorPrimitives.Divide(output, Output, output);
    }
}

/// <summary>Each row becomes √D long: x ← x · √D / ‖x‖ (constant_norm_rescale, token-wise). A row of zeros stays.</summary>
/// <param name="Undone">Whether outputs are scaled back; transcoders write at their own scale.</param>
public sealed record RowLength(bool Undone = true) : SaeNormalisation
{
    /// <inheritdoc/>
    public override bool IsPerRow => true;

    internal override string Identity => $"row-length {Undone}";

    internal override Tensor Apply(Tensor rows)
    {
        var scaled = rows.Copy();
        for (int i = 0; i < scaled.RowCount; i++)
            TensorPrimitives.Multiply(scaled.Row(i), Factor(rows.Row(i)), scaled.Row(i));
        return scaled;
    }

    internal override void Undo(ReadOnlySpan<float> row, Span<float> output)
    {
        if (Undone)
            TensorPrimitives.Divide(output, Factor(row), output);
    }

    internal override float UndoneFactor(ReadOnlySpan<float> row) => Undone ? 1 / Factor(row) : 1;

    private static float Factor(ReadOnlySpan<float> row) => TensorPrimitives.Norm(row) is > 0 and var norm ? MathF.Sqrt(row.Length) / norm : 1;
}

/// <summary>Each row gets mean 0 and spread 1: x ← (x − μ) / (σ + 10⁻⁵), with σ² over D − 1; outputs are multiplied by σ and moved by μ.</summary>
/// <param name="Undone">Whether outputs are brought back; transcoders write at their own scale.</param>
public sealed record RowSpread(bool Undone = true) : SaeNormalisation
{
    private const float Epsilon = 1e-5f;

    /// <inheritdoc/>
    public override bool IsPerRow => true;

    internal override string Identity => $"row-spread {Undone}";

    internal override Tensor Apply(Tensor rows)
    {
        var scaled = rows.Copy();
        for (int i = 0; i < scaled.RowCount; i++)
        {
            var row = scaled.Row(i);
            var (mean, deviation) = Moments(row);
            TensorPrimitives.Subtract(row, mean, row);
            TensorPrimitives.Divide(row, deviation + Epsilon, row);
        }
        return scaled;
    }

    internal override void Undo(ReadOnlySpan<float> row, Span<float> output)
    {
        if (!Undone)
            return;
        var (mean, deviation) = Moments(row);
        TensorPrimitives.Multiply(output, deviation, output);
        TensorPrimitives.Add(output, mean, output);
    }

    // The mean is in both decodings, and in their difference no more.
    internal override float UndoneFactor(ReadOnlySpan<float> row) => Undone ? Moments(row).Deviation : 1;

    private static (float Mean, float Deviation) Moments(ReadOnlySpan<float> row)
    {
        double mean = TensorPrimitives.Sum(row) / row.Length, squares = 0;
        foreach (float value in row)
            squares += (value - mean) * (value - mean);
        return ((float)mean, (float)Math.Sqrt(squares / (row.Length - 1)));
    }
}
