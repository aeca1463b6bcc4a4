using System.Globalization;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;
using Trimtab.Tensors.Tests.Files;
using Xunit;

namespace Trimtab.Tensors.Tests.Storage;

/// <summary>Pages of a mapped file come and go; the numbers in them stay.</summary>
public sealed class MappedStorageTests
{
    private const int Rows = 2048, Columns = 1024;

    [Fact]
    public void Packing_a_mapped_weight_leaves_no_more_than_its_edges_in_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident pages of a mapping are read from /proc");
        using var folder = new TemporaryFolder();
        string path = WriteWeight(folder);
        using var file = MappedStorage.Open(path);
        var weight = Tensor.Over(file, 0, new Shape(Rows, Columns), DType.F32);
        float before = Sum(weight);
        Assert.InRange(ResidentKilobytes(path), Rows * Columns * 4 / 1024, int.MaxValue);
        using var packed = CpuBackend.Shared.Pack(weight);
        // The kernel maps up to 64 KB around a page that is read, and a piece's own edges stay.
        Assert.InRange(ResidentKilobytes(path), 0, 256);
        Assert.Equal(before, Sum(weight));
    }

    [Fact]
    public void Letting_pages_go_keeps_values_whatever_the_range_and_refuses_ranges_outside()
    {
        using var folder = new TemporaryFolder();
        using var file = MappedStorage.Open(WriteWeight(folder));
        var weight = Tensor.Over(file, 0, new Shape(Rows, Columns), DType.F32);
        foreach (var (start, count) in ((int, int)[])[(0, 0), (0, 1), (3, 5), (0, Rows), (Rows - 1, 1)])
        {
            weight.Slice(start, count).ReleasePages();
            Assert.Equal(Value(7 * Columns + 9), weight[7, 9]);
        }
        Assert.Throws<TensorException>(() => file.ReleasePages(8, file.ByteCount));
        Assert.Throws<TensorException>(() => file.ReleasePages(-1, 1));
    }

    [Fact]
    public void Memory_that_is_the_only_copy_is_never_let_go()
    {
        using var storage = NativeStorage.Allocate(1 << 16);
        storage.Span<float>(0, 1 << 14).Fill(3);
        storage.ReleasePages(0, storage.ByteCount);
        Assert.Equal(3 * (1 << 14), System.Numerics.Tensors.TensorPrimitives.Sum<float>(storage.Span<float>(0, 1 << 14)));
    }

    private static float Value(int index) => index % 997;

    private static string WriteWeight(TemporaryFolder folder)
    {
        float[] values = [.. Enumerable.Range(0, Rows * Columns).Select(Value)];
        string path = folder["weight"];
        File.WriteAllBytes(path, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        return path;
    }

    private static float Sum(Tensor weight) => System.Numerics.Tensors.TensorPrimitives.Sum<float>(weight.Values);

    // Of this mapping alone: other tests of the process do not count.
    private static int ResidentKilobytes(string path) => File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
        .First(line => line.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words
        ? int.Parse(words[1], CultureInfo.InvariantCulture)
        : 0;
}
