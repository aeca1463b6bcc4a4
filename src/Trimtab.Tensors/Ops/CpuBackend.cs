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

    // Values that an elementwise operation hands out together.
    private const int PieceSize = 1 << 10;

    // A weight is read in pieces of this many bytes, and no more than a piece of its file is in memory beside the packed copy.
    private const long PackedAtOnce = 32 << 20;

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
        // The columns of an input-major weight lie all over it: it can only be let go as a whole.
        int piece = inputMajor ? packed.PanelCount : (int)Math.Clamp(PackedAtOnce / (PanelFormat.Width * weight.DType.ByteCount(packed.Inner)), 1, packed.PanelCount);
        for (int first = 0; first < packed.PanelCount; first += piece)
        {
            int count = Math.Min(piece, packed.PanelCount - first), row = first * PanelFormat.Width;
            team.For(count, 1, (weight, inputMajor, type, packed, first), static (s, start, end) => PanelPacking.Pack(s.weight, s.inputMajor, s.type, s.packed, s.first + start, s.first + end));
            (inputMajor ? weight : weight.Slice(row, Math.Min(count * PanelFormat.Width, packed.Outputs - row))).ReleasePages();
        }
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
    public override void MatMul(Tensor x, Tensor weight, Tensor? bias, Tensor y, bool add = false) => Multiply(x, leftTurned: false, new OutputMajorPanels(weight), bias, y, add);

    /// <inheritdoc/>
    public override void MatMulUntransposed(Tensor x, Tensor weight, Tensor? bias, Tensor y, bool add = false) => Multiply(x, leftTurned: false, new InputMajorPanels(weight), bias, y, add);

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
    public override void Attention(Tensor q, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor y) =>
        Attend(new AttentionKernel(q, memory, firstPosition, shape, pattern: null, y, q.RowCount, team.Threads));

    /// <inheritdoc/>
    public override void AttentionPattern(Tensor q, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor pattern) =>
        Attend(new AttentionKernel(q, memory, firstPosition, shape, pattern, output: null, q.RowCount, team.Threads));

    /// <inheritdoc/>
    public override void AttentionMix(Tensor pattern, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor y) =>
        Attend(new AttentionKernel(queries: null, memory, firstPosition, shape, pattern, y, y.RowCount, team.Threads));

    /// <inheritdoc/>
    public override void Add(Tensor x, Tensor y, Tensor z) =>
        OverPieces(x, (x, y, z), static (s, start, end) => TensorPrimitives.Add(Piece(s.x, start, end), Piece(s.y, start, end), Piece(s.z, start, end)));

    /// <inheritdoc/>
    public override void Multiply(Tensor x, Tensor y, Tensor z) =>
        OverPieces(x, (x, y, z), static (s, start, end) => TensorPrimitives.Multiply(Piece(s.x, start, end), Piece(s.y, start, end), Piece(s.z, start, end)));

    /// <inheritdoc/>
    public override void Scale(Tensor x, float factor, Tensor y) =>
        OverPieces(x, (x, factor, y), static (s, start, end) => TensorPrimitives.Multiply(Piece(s.x, start, end), s.factor, Piece(s.y, start, end)));

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        OverPieces(x, (x, activation, y), static (s, start, end) => ActivationKernel.Apply(Piece(s.x, start, end), s.activation, Piece(s.y, start, end)));

    /// <inheritdoc/>
    public override void Gate(Tensor gate, Tensor up, Activation activation, Tensor z) =>
        OverPieces(gate, (gate, up, activation, z), static (s, start, end) =>
            ActivationKernel.Apply(Piece(s.gate, start, end), Piece(s.up, start, end), s.activation, Piece(s.z, start, end)));

    /// <inheritdoc/>
    public override void SoftCap(Tensor x, float cap, Tensor y) =>
        OverPieces(x, (x, cap, y), static (s, start, end) => ActivationKernel.SoftCap(Piece(s.x, start, end), s.cap, Piece(s.y, start, end)));

    /// <inheritdoc/>
    public override void Clamp(Tensor x, float minimum, float maximum, Tensor y) =>
        OverPieces(x, (x, minimum, maximum, y), static (s, start, end) => TensorPrimitives.Clamp(Piece(s.x, start, end), s.minimum, s.maximum, Piece(s.y, start, end)));

    /// <inheritdoc/>
    public override void Softmax(Tensor x, Tensor y) =>
        team.For(x.RowCount, Grain(4L * x.Columns), (x, y), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                SoftmaxKernel.Apply(s.x.Row(i), s.y.Row(i));
        });

    /// <inheritdoc/>
    public override void RowDot(Tensor x, Tensor v, Tensor y) =>
        team.For(x.RowCount, Grain(x.Columns), (x, v, y), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                s.y.Values[i] = TensorPrimitives.Dot(s.x.Row(i), s.v.Values);
        });

    /// <inheritdoc/>
    public override void AddOuter(Tensor x, Tensor v, ReadOnlySpan<float> coefficients, Tensor z)
    {
        for (int i = 0; i < x.RowCount; i++)
            TensorPrimitives.MultiplyAdd(v.Values, coefficients[coefficients.Length == 1 ? 0 : i], x.Row(i), z.Row(i));
    }

    private void Attend(in AttentionKernel work) => team.For(work.Count, 1, work, static (work, start, end) => work.Run(start, end));

    // Operations on each value alone: the tensor as a line of pieces, whatever its rows.
    private void OverPieces<TState>(Tensor x, in TState state, RangeWork<TState> work) =>
        team.For((int)((x.Count + PieceSize - 1) / PieceSize), WorkGrain / PieceSize, state, work);

    private static Span<float> Piece(Tensor x, int start, int end)
    {
        int first = checked(start * PieceSize);
        return x.Values[first..(int)Math.Min(x.Count, (long)end * PieceSize)];
    }

    private static int Grain(long workPerItem) => (int)Math.Clamp(WorkGrain / Math.Max(workPerItem, 1), 1, int.MaxValue);
}
