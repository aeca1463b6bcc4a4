using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Ops;

public sealed class LargestValuesTests
{
    [Theory]
    [InlineData(1, 1), InlineData(7, 3), InlineData(8, 8), InlineData(9, 20), InlineData(100, 1), InlineData(1000, 32), InlineData(4096, 700), InlineData(5, 0)]
    public void They_are_those_that_sorting_finds_the_first_of_equal_ones(int length, int k)
    {
        var random = new Random(length);
        foreach (bool coarse in (bool[])[false, true])
            for (int trial = 0; trial < 20; trial++)
            {
                float[] values = [.. Enumerable.Range(0, length).Select(_ => coarse ? random.Next(-5, 6) : random.NextSingle() - 0.5f)];
                int[] places = new int[k];
                int count = LargestValues.Find(values, places);
                Assert.Equal(values.Index().OrderByDescending(v => v.Item).ThenBy(v => v.Index).Take(k).Select(v => v.Index).Order(), places[..count]);
            }
    }

    [Fact]
    public void Rising_values_which_always_beat_the_bar_are_found_too()
    {
        int[] places = new int[5];
        Assert.Equal(5, LargestValues.Find([.. Enumerable.Range(0, 333).Select(i => (float)i)], places));
        Assert.Equal([328, 329, 330, 331, 332], places);
    }

    [Fact]
    public void What_is_no_number_is_among_the_largest()
    {
        float[] values = [.. Enumerable.Range(0, 50).Select(i => (float)i)];
        (values[3], values[20], values[30]) = (float.NaN, BitConverter.Int32BitsToSingle(-1), float.PositiveInfinity);
        int[] places = new int[4];
        LargestValues.Find(values, places);
        Assert.Equal([3, 20, 30, 49], places);
    }
}
