using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>The interpreter's arithmetic against numbers worked out by hand from the processor's manual.</summary>
public sealed class VectorArithmeticTests
{
    [Fact]
    public void Byte_products_take_the_first_factor_unsigned_and_do_not_saturate()
    {
        Assert.Equal(unchecked((uint)(5 + 255 * -128 * 4)), VectorArithmetic.ByteDot(5, 0xFFFFFFFF, 0x80808080));
        Assert.Equal(1u * 5 + 2 * 6 + 3 * 7 + 4 * 8, VectorArithmetic.ByteDot(0, 0x04030201, 0x08070605));
        Assert.Equal(int.MinValue, (int)VectorArithmetic.ByteDot(int.MaxValue, 1, 1));
    }

    [Fact]
    public void Brain_products_add_the_upper_one_first_each_rounded_to_even()
    {
        // 1 + 2²⁴ rounds to 2²⁴, and so does 2²⁴ + 1; the other order would give 2²⁴ + 2.
        Assert.Equal(16777216f, Dot(1, Pair(4096, 1), Pair(4096, 1)));
        Assert.Equal(16777218f, Dot(1, Pair(1, 4096), Pair(1, 4096)));
    }

    [Fact]
    public void Brain_products_take_and_give_no_denormal_numbers()
    {
        float smallest = 1.17549435e-38f;
        Assert.Equal(0f, Dot(smallest / 2, Pair(0, 0), Pair(0, 0)));
        Assert.Equal(0f, Dot(0, Pair(smallest / 2, 0), Pair(2, 0)));
        Assert.Equal(0f, Dot(0, Pair(smallest, 0), Pair(0.5f, 0)));
        Assert.Equal(smallest, Dot(0, Pair(smallest, 0), Pair(1, 0)));
    }

    private static float Dot(float sum, uint first, uint second) => BitConverter.UInt32BitsToSingle(VectorArithmetic.BrainDot(BitConverter.SingleToUInt32Bits(sum), first, second));

    private static uint Pair(float upper, float lower) => BitConverter.SingleToUInt32Bits(upper) & 0xFFFF0000 | BitConverter.SingleToUInt32Bits(lower) >> 16;
}
