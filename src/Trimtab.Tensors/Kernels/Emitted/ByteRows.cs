using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Rows as signed 8-bit codes per block of 32: value ≈ scale · code, scale = max|x| / 127, so a value is off by half a scale at most. A block holds its codes, its scale, and
/// what must be added to its integer sums because the weights' codes are stored with an offset: −128 · Σ code beside bytes, −8 · Σ code beside nibbles.
/// </summary>
internal sealed unsafe class ByteRows : RowForm
{
    /// <summary>Positions per block.</summary>
    public const int Elements = 32;

    /// <summary>Where in a block the parts behind the codes stand, and the bytes of a block.</summary>
    public const int ScaleOffset = 32, ByteCorrectionOffset = 36, NibbleCorrectionOffset = 40, BlockBytes = 44;

    // Smaller blocks count as zeros: 127 / max would overflow for some of them, and no model's activation notices 2⁻¹²⁰.
    private const float Negligible = 7.5231638e-37f;

    private ByteRows() { }

    /// <summary>The one instance: forms are compared by reference.</summary>
    public static ByteRows Instance { get; } = new();

    /// <inheritdoc/>
    public override long Bytes(int inner) => RowSpacing.Of(inner / Elements * (long)BlockBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Prepare(float* row, int inner, byte* target)
    {
        for (int k = 0; k < inner; k += Elements, target += BlockBytes)
            PrepareBlock(row + k, target);
    }

    // A block with an infinity or a not-a-number has no codes; its scale makes every sum that meets it not a number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrepareBlock(float* row, byte* target)
    {
        var (first, second) = (Vector512.Load(row), Vector512.Load(row + 16));
        float max = Largest(Vector512.Max(Vector512.Abs(first), Vector512.Abs(second)));
        bool coded = max >= Negligible && float.IsFinite(max);
        float perScale = coded ? 127 / max : 0;
        var (low, high) = coded ? (Codes(first, perScale), Codes(second, perScale)) : default;
        int sum = Vector512.Sum(low + high);
        var words = Vector512.Narrow(low, high);
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store((sbyte*)target);
        *(float*)(target + ScaleOffset) = coded ? max / 127 : max < Negligible ? 0 : float.NaN;
        *(int*)(target + ByteCorrectionOffset) = -128 * sum;
        *(int*)(target + NibbleCorrectionOffset) = -8 * sum;
    }

    private static Vector512<int> Codes(Vector512<float> values, float perScale) => Vector512.ConvertToInt32(Vector512.Round(values * Vector512.Create(perScale)));

    // Not a number where any value is none.
    private static float Largest(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
