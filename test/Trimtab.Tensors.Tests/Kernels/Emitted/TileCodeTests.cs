using Iced.Intel;
using Trimtab.Tensors.Kernels.Emitted;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>What the emitted code consists of, read back from its bytes.</summary>
public sealed class TileCodeTests
{
    private static readonly HashSet<Mnemonic> Frame =
    [
        Mnemonic.Mov, Mnemonic.Lea, Mnemonic.Add, Mnemonic.Sub, Mnemonic.Cmp, Mnemonic.Je, Mnemonic.Jmp, Mnemonic.Jb, Mnemonic.Vmovups, Mnemonic.Vpxord,
        Mnemonic.Prefetcht0, Mnemonic.Vpbroadcastd, Mnemonic.Vzeroupper, Mnemonic.Ret,
    ];

    private static readonly HashSet<Mnemonic> Blocks =
        [Mnemonic.Vmovdqu32, Mnemonic.Vmovdqa32, Mnemonic.Vpdpbusd, Mnemonic.Vcvtph2ps, Mnemonic.Vmulps, Mnemonic.Vcvtdq2ps, Mnemonic.Vfmadd231ps];

    // What the called function may spoil under System V and under Windows: the intersection of both.
    private static readonly HashSet<Register> Spoilable =
    [
        Register.RAX, Register.RCX, Register.RDX, Register.R8, Register.R9, Register.R10, Register.R11,
        .. Enumerable.Range(0, 6).Select(i => Register.ZMM0 + i), .. Enumerable.Range(16, 16).Select(i => Register.ZMM0 + i),
    ];

    private static readonly HashSet<CpuidFeature> Needed =
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL386, CpuidFeature.X64, CpuidFeature.SSE, CpuidFeature.AVX, CpuidFeature.AVX512F, CpuidFeature.AVX512_VNNI, CpuidFeature.AVX512_BF16,
    ];

    public static TheoryData<DType, bool> Kinds => new() { { DType.BF16, false }, { DType.BF16, true }, { DType.Q8_0, false }, { DType.Q8_0, true }, { DType.Q4_0, false }, { DType.Q4_0, true } };

    [Theory, MemberData(nameof(Kinds))]
    public void Tiles_consist_of_expected_instructions_and_spoil_only_what_both_conventions_allow(DType type, bool windows)
    {
        var abi = windows ? NativeAbi.Windows : NativeAbi.SystemV;
        var expected = Expected(type);
        Each(type, abi, (shape, code) =>
        {
            var info = new InstructionInfoFactory();
            foreach (var instruction in code)
            {
                Assert.True(expected.Contains(instruction.Mnemonic), $"{type} {shape}: {instruction}");
                Assert.All(instruction.CpuidFeatures, feature => Assert.Contains(feature, Needed));
                if (instruction.Mnemonic == Mnemonic.Ret)
                    continue;
                // vzeroupper touches the upper halves of registers that Windows wants back only the lower half of.
                if (instruction.Mnemonic != Mnemonic.Vzeroupper)
                    CheckAccess(info.GetInfo(instruction), abi, $"{type} {shape}: {instruction}");
            }
            Assert.Equal([Mnemonic.Vzeroupper, Mnemonic.Ret], code.TakeLast(2).Select(i => i.Mnemonic));
            Assert.Single(code, i => i.Mnemonic == Mnemonic.Ret);
        });
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Jumps_stay_inside_and_only_one_goes_back(DType type, bool windows) => Each(type, windows ? NativeAbi.Windows : NativeAbi.SystemV, (shape, code) =>
    {
        var starts = code.Select(i => i.IP).ToHashSet();
        var jumps = code.Where(i => i.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch).ToList();
        Assert.All(jumps, jump => Assert.Contains(jump.NearBranchTarget, starts));
        Assert.Equal(Mnemonic.Jb, Assert.Single(jumps, jump => jump.NearBranchTarget <= jump.IP).Mnemonic);
    });

    [Theory, MemberData(nameof(Kinds))]
    public void Only_tiles_of_four_panels_prefetch(DType type, bool windows) => Each(type, windows ? NativeAbi.Windows : NativeAbi.SystemV, (shape, code) =>
    {
        int lines = (EmittedProduct.Emitter(type).PanelStep + 63) / 64;
        Assert.Equal(shape.Panels == 4 ? 4 * lines : 0, code.Count(i => i.Mnemonic == Mnemonic.Prefetcht0));
    });

    private static void CheckAccess(InstructionInfo info, NativeAbi abi, string what)
    {
        foreach (var used in info.GetUsedRegisters())
        {
            var register = used.Register.GetFullRegister();
            Assert.True(Spoilable.Contains(register) || (register == abi.Argument && used.Access is OpAccess.Read), $"{what} uses {register}");
        }
        foreach (var used in info.GetUsedMemory())
            if (used.Access is not (OpAccess.Read or OpAccess.NoMemAccess or OpAccess.None))
                Assert.True(used.Base == Register.RAX && used.Index == Register.None && used.MemorySize.GetSize() == 64, $"{what} writes memory");
    }

    private static void Each(DType type, NativeAbi abi, Action<TileShape, List<Instruction>> check)
    {
        var emitter = EmittedProduct.Emitter(type);
        foreach (var shape in emitter.Shapes)
            check(shape, Machine.Decode(emitter.Emit(shape, abi)));
    }

    private static HashSet<Mnemonic> Expected(DType type) => type switch
    {
        DType.BF16 => [.. Frame, Mnemonic.Vdpbf16ps],
        DType.Q8_0 => [.. Frame, .. Blocks],
        _ => [.. Frame, .. Blocks, Mnemonic.Vpandd, Mnemonic.Vpsrld],
    };
}
