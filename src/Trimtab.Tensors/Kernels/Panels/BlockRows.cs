using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Rows of activations as integers with a scale per block of 32 positions, for weights whose codes are multiplied as integers. A row's record is its codes, then the scales, then,
/// where the form has them, the biases; each part begins at a multiple of 64 bytes.
/// </summary>
internal abstract unsafe class BlockRows : RowForm
{
    /// <summary>Positions per block, as in the legacy block types of GGUF.</summary>
    public const int Block = 32;

    // Below this, the inverse of a scale could overflow: such a block counts as zeros.
    private const float Smallest = 1e-37f;

    /// <summary>
    /// 16-bit codes, x ≈ scale · code with scale = max|x| / 32767: the rounding of a row is at most scale / 2 per element, 1/65534 of its block's largest value,
    /// or that value itself where it is below 10⁻³⁷.
    /// </summary>
    public static BlockRows Int16 { get; } = new Int16Rows();

    /// <summary>
    /// 8-bit codes, scale = max|x| / 127, at most scale / 2 off. The bias is −4·Σ code: two 16-bit sums that begin with it sum up codes times (weight − 8).
    /// </summary>
    public static BlockRows Int8 { get; } = new Int8Rows();

    /// <summary>Bytes of a code.</summary>
    public abstract int CodeBytes { get; }

    /// <summary>How many four bytes of codes a block has.</summary>
    public int CodeUnits => Block * CodeBytes / sizeof(int);

    /// <summary>Whether there are biases.</summary>
    public abstract bool HasBiases { get; }

    /// <summary>Where the scales begin, one single per block.</summary>
    public long ScaleOffset(int inner) => Aligned((long)inner * CodeBytes);

    /// <summary>Where the biases begin, one per block: a 16-bit integer twice, for the two sums that begin with it.</summary>
    public long BiasOffset(int inner) => ScaleOffset(inner) + Aligned(inner / Block * sizeof(float));

    /// <summary>The four vectors of a block and its largest magnitude; NaN if any value is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        var largest = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        var half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Codes(Vector256<float> x, Vector256<float> inverse) => Vector256.ConvertToInt32(Vector256.Round(x * inverse));

    private sealed class Int16Rows : BlockRows
    {
        private const float Levels = 32767;

        public override int CodeBytes => sizeof(short);

        public override bool HasBiases => false;

        public override long Bytes(int inner) => BiasOffset(inner);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Prepare(float* row, int inner, byte* target)
        {
            short* codes = (short*)target;
            float* scales = (float*)(target + ScaleOffset(inner));
            for (int block = 0; block < inner / Block; block++, row += Block, codes += Block)
            {
                Vector256<float> a = Vector256.Load(row), b = Vector256.Load(row + 8), c = Vector256.Load(row + 16), d = Vector256.Load(row + 24);
                float largest = Largest(a, b, c, d);
                scales[block] = largest < Smallest ? 0 : largest / Levels;
                var inverse = Vector256.Create(largest < Smallest ? 0 : Levels / largest);
                Vector256.NarrowWithSaturation(Codes(a, inverse), Codes(b, inverse)).Store(codes);
                Vector256.NarrowWithSaturation(Codes(c, inverse), Codes(d, inverse)).Store(codes + 16);
            }
        }
    }

    private sealed class Int8Rows : BlockRows
    {
        private const float Levels = 127;

        public override int CodeBytes => sizeof(sbyte);

        public override bool HasBiases => true;

        public override long Bytes(int inner) => BiasOffset(inner) + Aligned(inner / Block * sizeof(int));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Prepare(float* row, int inner, byte* target)
        {
            sbyte* codes = (sbyte*)target;
            float* scales = (float*)(target + ScaleOffset(inner));
            int* biases = (int*)(target + BiasOffset(inner));
            for (int block = 0; block < inner / Block; block++, row += Block, codes += Block)
            {
                Vector256<float> a = Vector256.Load(row), b = Vector256.Load(row + 8), c = Vector256.Load(row + 16), d = Vector256.Load(row + 24);
                float largest = Largest(a, b, c, d);
                scales[block] = largest < Smallest ? 0 : largest / Levels;
                var inverse = Vector256.Create(largest < Smallest ? 0 : Levels / largest);
                Vector256<int> ca = Codes(a, inverse), cb = Codes(b, inverse), cc = Codes(c, inverse), cd = Codes(d, inverse);
                Vector256.NarrowWithSaturation(Vector256.NarrowWithSaturation(ca, cb), Vector256.NarrowWithSaturation(cc, cd)).Store(codes);
                biases[block] = -4 * Vector256.Sum(ca + cb + (cc + cd)) & 0xFFFF;
                biases[block] |= biases[block] << 16;
            }
        }
    }
}
