using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using Trimtab.Tensors.Kernels.Emitted;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>Pages, calling convention and calls, tried with a function that needs no more than AVX: it really runs.</summary>
public sealed unsafe class CodePageTests
{
    private static readonly TileShape One = new(1, 1), Two = new(2, 2);

    [Fact]
    public void Emitted_functions_run_through_pages_and_calls()
    {
        Assert.SkipUnless(Avx.X64.IsSupported, "The processor has no AVX.");
        using var tiles = new PagedTiles([(One, SumOfEights(subtract: false)), (Two, SumOfEights(subtract: true))]);
        var values = Enumerable.Range(1, 80).Select(i => (float)i).ToArray();
        var sums = new float[8];
        var expected = Enumerable.Range(0, 8).Select(lane => Enumerable.Range(0, 10).Sum(i => values[8 * i + lane])).ToArray();
        for (int repetition = 0; repetition < 1000; repetition++)
        {
            Run(tiles, One, values, sums);
            Assert.Equal(expected, sums);
            Run(tiles, Two, values, sums);
            Assert.Equal(expected.Select(e => -e), sums);
        }
    }

    [Fact]
    public void Pages_are_executable_and_not_writable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a page's protection in a file.");
        using var page = new CodePage([0xC3]);
        Assert.Equal("r-xp", Protection((ulong)page.Pointer));
        Assert.Equal(0xC3, *page.Pointer);
    }

    [Fact]
    public void A_page_that_was_given_back_has_no_address()
    {
        var page = new CodePage([0xC3]);
        page.Dispose();
        page.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)page.Pointer);
    }

    [Fact]
    public void A_shape_that_was_not_emitted_is_refused()
    {
        using var tiles = new PagedTiles([(Two, [0xC3])]);
        Assert.Contains("no tile", Assert.Throws<InvalidOperationException>(() => tiles.Run(One, null)).Message, StringComparison.Ordinal);
    }

    private static void Run(PagedTiles tiles, TileShape shape, float[] values, float[] sums)
    {
        fixed (float* source = values, target = sums)
        {
            var arguments = new TileArguments { Panels = (byte*)source, PanelsEnd = (byte*)(source + values.Length), Outputs = target };
            tiles.Run(shape, &arguments);
        }
    }

    // Eight sums of every eighth value, or their negatives.
    private static byte[] SumOfEights(bool subtract)
    {
        var (code, abi) = (new Assembler(64), NativeAbi.Current);
        var again = code.CreateLabel();
        code.mov(rax, __qword_ptr[abi.Argument + TileArguments.Offset(nameof(TileArguments.Panels))]);
        code.mov(rdx, __qword_ptr[abi.Argument + TileArguments.Offset(nameof(TileArguments.Outputs))]);
        code.vxorps(ymm0, ymm0, ymm0);
        code.Label(ref again);
        if (subtract)
            code.vsubps(ymm0, ymm0, __ymmword_ptr[rax]);
        else
            code.vaddps(ymm0, ymm0, __ymmword_ptr[rax]);
        code.add(rax, 32);
        code.cmp(rax, __qword_ptr[abi.Argument + TileArguments.Offset(nameof(TileArguments.PanelsEnd))]);
        code.jb(again);
        code.vmovups(__ymmword_ptr[rdx], ymm0);
        code.vzeroupper();
        code.ret();
        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }

    private static string Protection(ulong address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            var ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-').Select(end => ulong.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            if (ends[0] <= address && address < ends[1])
                return line.Split(' ')[1];
        }
        return "unmapped";
    }
}
