using System.Numerics.Tensors;
using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Threading;

namespace Trimtab.Tensors.Ops;

/// <summary>The operations on the processor: splits rows, heads or output columns among a <see cref="WorkerTeam"/> and calls the kernels.</summary>
public sealed partial class CpuBackend(WorkerTeam team, KernelTier? tier = null) : Backend
{
    // Below about this many multiply-adds a dispatch costs more than it saves.
    private const int WorkGrain = 1 << 14;

    [ThreadStatic]
    private static Product[]? t_products;

    /// <summary>The backend on all processors of the machine.</summary>
    public static CpuBackend Shared { get; } = new(WorkerTeam.Shared);

    /// <summary>The instructions that products are computed with.</summary>
    public KernelTier Tier { get; } = tier ?? KernelTiers.Best;

    // What products are computed with that are laid out as they go.
    private PanelFormat Singles { get; } = PanelFormats.For(DType.F32, tier ?? KernelTiers.Best);

    /// <inheritdoc/>
    public override PackedWeight Pack(Tensor weight, bool inputMajor = false, DType? type = null)
    {
        if (inputMajor && weight.DType.IsQuantised())
            weight = TensorOps.Dequantise(weight);
        var format = PanelFormats.For(type ?? weight.DType, Tier);
        var packed = new PackedWeight(format, weight.Shape[inputMajor ? 1 : 0], weight.Shape[inputMajor ? 0 : 1]);
        team.For(packed.PanelCount, 1, (weight, inputMajor, packed), static (s, start, end) => PanelPacking.Pack(s.weight, s.inputMajor, s.packed, start, end));
        return packed;
    }

    /// <inheritdoc/>
    public override void MatMul(Tensor x, params ReadOnlySpan<Product> products)
    {
        using var memory = ThreadBuffer.Rent(ScratchUse.Rows, PreparedRows.BytesFor(x, products));
        var rows = PreparedRows.Over(x, products, memory);
        if (rows.NeedsFilling)
            team.For(x.RowCount, Grain(x.Columns), rows, static (rows, start, end) => rows.Fill(start, end));
        int panels = 0;
        foreach (ref readonly var product in products)
            panels += product.Weight.PanelCount;
        // A span cannot travel to the workers; the array of the calling thread can, and is not made anew for each product.
        var shared = t_products is { } known && known.Length >= products.Length ? known : t_products = new Product[Math.Max(products.Length, 4)];
        products.CopyTo(shared);
        team.For(panels, Grain(x.Count * PanelFormat.Width), new PanelProduct(rows, new(shared, 0, products.Length)), static (work, start, end) => work.Run(start, end));
        Array.Clear(shared);
    }

    /// <inheritdoc/>
    public override void MatMul(Tensor x, Tensor weight, Tensor? bias, Tensor y) => Multiply(x, leftTurned: false, new OutputMajorPanels(weight), bias, y, add: false);

    /// <inheritdoc/>
    public override void MatMulUntransposed(Tensor x, Tensor weight, Tensor? bias, Tensor y) => Multiply(x, leftTurned: false, new InputMajorPanels(weight), bias, y, add: false);

    /// <inheritdoc/>
    public override void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor y)
    {
        for (int t = 0; t < ids.Length; t++)
            RowDecoder.Decode(table, ids[t], y.Row(t));
    }

    /// <inheritdoc/>
    public override void ScatterAdd(Tensor x, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Tensor y)
    {
        for (int t = 0; t < rows.Length; t++)
        {
            var target = y.Row(rows[t]);
            TensorPrimitives.MultiplyAdd(x.Row(t), weights[t], target, target);
        }
    }

    /// <inheritdoc/>
    public override void RmsNorm(Tensor x, Tensor weight, float eps, Tensor y)
    {
        int size = (int)weight.Count;
        team.For((int)(x.Count / size), Grain(size), (x, weight, eps, y, size), static (s, start, end) =>
        {
            var source = s.x.Values;
            var target = s.y.Values;
            for (int i = start; i < end; i++)
                NormKernel.Rms(source.Slice(i * s.size, s.size), s.weight.Values, s.eps, target.Slice(i * s.size, s.size));
        });
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, float eps, Tensor y) =>
        team.For(x.RowCount, Grain(x.Columns), (x, weight, bias, eps, y), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                NormKernel.Layer(s.x.Row(i), s.weight.Values, s.bias is null ? default : s.bias.Values, s.eps, s.y.Row(i));
        });

    /// <inheritdoc/>
    public override void Rotate(Tensor x, int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs) =>
        team.For(x.RowCount, Grain(x.Columns), (x, headSize, offset, cos, sin, pairs), static (s, start, end) =>
        {
            for (int t = start; t < end; t++)
                for (var row = s.x.Row(t); !row.IsEmpty; row = row[s.headSize..])
                    RotaryKernel.Rotate(row.Slice(s.offset, 2 * s.cos.Columns), s.cos.Row(t), s.sin.Row(t), s.pairs);
        });

    /// <inheritdoc/>
    public override unsafe void Attention(Tensor q, Tensor k, Tensor v, int firstPosition, in AttentionShape shape, Tensor y) =>
        team.For(q.RowCount * shape.Heads, Grain((long)k.RowCount * shape.KeySize), (q, k, v, firstPosition, shape, y), static (s, start, end) =>
        {
            using var buffer = ThreadBuffer.Rent(ScratchUse.Kernel, (long)s.k.RowCount * sizeof(float));
            var weights = new Span<float>(buffer.Floats, s.k.RowCount);
            for (int item = start; item < end; item++)
            {
                var (row, head) = (item / s.shape.Heads, item % s.shape.Heads);
                int position = s.firstPosition + row;
                AttentionKernel.Weights(s.q.Pointer32() + (long)item * s.shape.KeySize, s.k.Pointer32(), head, position, s.shape, weights);
                AttentionKernel.Mix(weights, s.v, head, position, s.shape, s.y.Row(row).Slice(head * s.shape.ValueSize, s.shape.ValueSize));
            }
        });

    /// <inheritdoc/>
    public override unsafe void AttentionPattern(Tensor q, Tensor k, int firstPosition, in AttentionShape shape, Tensor pattern) =>
        team.For(q.RowCount * shape.Heads, Grain((long)k.RowCount * shape.KeySize), (q, k, firstPosition, shape, pattern), static (s, start, end) =>
        {
            for (int item = start; item < end; item++)
            {
                var (row, head) = (item / s.shape.Heads, item % s.shape.Heads);
                var weights = s.pattern.Row(item);
                weights.Clear();
                AttentionKernel.Weights(s.q.Pointer32() + (long)item * s.shape.KeySize, s.k.Pointer32(), head, s.firstPosition + row, s.shape, weights);
            }
        });

    /// <inheritdoc/>
    public override void AttentionMix(Tensor pattern, Tensor v, int firstPosition, in AttentionShape shape, Tensor y) =>
        team.For(y.RowCount * shape.Heads, Grain((long)v.RowCount * shape.ValueSize), (pattern, v, firstPosition, shape, y), static (s, start, end) =>
        {
            for (int item = start; item < end; item++)
            {
                var (row, head) = (item / s.shape.Heads, item % s.shape.Heads);
                var output = s.y.Row(row).Slice(head * s.shape.ValueSize, s.shape.ValueSize);
                AttentionKernel.Mix(s.pattern.Row(item), s.v, head, s.firstPosition + row, s.shape, output);
            }
        });

    /// <inheritdoc/>
    public override void Add(Tensor x, Tensor y, Tensor z) => TensorPrimitives.Add(x.Values, y.Values, z.Values);

    /// <inheritdoc/>
    public override void Multiply(Tensor x, Tensor y, Tensor z) => TensorPrimitives.Multiply(x.Values, y.Values, z.Values);

    /// <inheritdoc/>
    public override void Scale(Tensor x, float factor, Tensor y) => TensorPrimitives.Multiply(x.Values, factor, y.Values);

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        team.For(x.RowCount, Grain(x.Columns), (x, activation, y), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                ActivationKernel.Apply(s.x.Row(i), s.activation, s.y.Row(i));
        });

    /// <inheritdoc/>
    public override void Gate(Tensor gate, Tensor up, Activation activation, Tensor z) =>
        team.For(gate.RowCount, Grain(gate.Columns), (gate, up, activation, z), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                ActivationKernel.Apply(s.gate.Row(i), s.activation, s.z.Row(i));
                TensorPrimitives.Multiply(s.z.Row(i), s.up.Row(i), s.z.Row(i));
            }
        });

    /// <inheritdoc/>
    public override void SoftCap(Tensor x, float cap, Tensor y) =>
        team.For(x.RowCount, Grain(x.Columns), (x, cap, y), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                s.x.Row(i).CopyTo(s.y.Row(i));
                AttentionKernel.SoftCap(s.y.Row(i), s.cap);
            }
        });

    /// <inheritdoc/>
    public override void Clamp(Tensor x, float minimum, float maximum, Tensor y) => TensorPrimitives.Clamp(x.Values, minimum, maximum, y.Values);

    /// <inheritdoc/>
    public override void Softmax(Tensor x, Tensor y)
    {
        for (int i = 0; i < x.RowCount; i++)
            SoftmaxKernel.Apply(x.Row(i), y.Row(i));
    }

    /// <inheritdoc/>
    public override void RowDot(Tensor x, Tensor v, Tensor y)
    {
        var target = y.Values;
        for (int i = 0; i < target.Length; i++)
            target[i] = TensorPrimitives.Dot(x.Row(i), v.Values);
    }

    /// <inheritdoc/>
    public override void AddOuter(Tensor x, Tensor v, ReadOnlySpan<float> coefficients, Tensor z)
    {
        for (int i = 0; i < x.RowCount; i++)
            TensorPrimitives.MultiplyAdd(v.Values, coefficients[coefficients.Length == 1 ? 0 : i], x.Row(i), z.Row(i));
    }

    private static int Grain(long workPerItem) => (int)Math.Clamp(WorkGrain / Math.Max(workPerItem, 1), 1, int.MaxValue);
}
