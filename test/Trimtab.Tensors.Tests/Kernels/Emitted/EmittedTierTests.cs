using Trimtab.Tensors.Kernels.Emitted;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

public sealed class EmittedTierTests
{
    private static readonly DotInstructions All = new(true, true, true);

    [Fact]
    public void A_processor_with_all_instructions_is_offered_all_formats()
    {
        var tier = EmittedTier.Find(All, emitter => new InterpretedTiles(emitter, NativeAbi.Current) { AnyMemory = true });
        Assert.True(tier.Available, tier.Reason);
        foreach (var type in (DType[])[DType.BF16, DType.Q8_0, DType.Q4_0])
            Assert.Equal($"{type}, Emitted", tier.For(type)!.Name);
        Assert.Null(tier.For(DType.F32));
    }

    [Fact]
    public void Without_brain_float_instructions_the_integer_formats_are_offered()
    {
        var tier = EmittedTier.Find(All with { BrainDot = false }, emitter => new InterpretedTiles(emitter, NativeAbi.Current) { AnyMemory = true });
        Assert.NotNull(tier.For(DType.Q8_0));
        Assert.Null(tier.For(DType.BF16));
        Assert.Contains("BF16", tier.Reason, StringComparison.Ordinal);
    }

    [Theory, InlineData(false, false, "lack AVX-512"), InlineData(true, false, "lack AVX-512 VNNI")]
    public void A_processor_without_the_instructions_is_told_which(bool foundation, bool byteDot, string reason)
    {
        var tier = EmittedTier.Find(new(foundation, byteDot, true), _ => throw new InvalidOperationException("nothing should be emitted"));
        Assert.False(tier.Available);
        Assert.EndsWith(reason, tier.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Throws<TensorException>(() => tier.For(DType.Q8_0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_wrong_tile_refuses_the_tier_and_is_named()
    {
        foreach (var type in (DType[])[DType.BF16, DType.Q8_0, DType.Q4_0])
            foreach (var broken in EmittedProduct.Emitter(type).Shapes)
            {
                var tier = EmittedTier.Find(All, emitter => new InterpretedTiles(emitter, NativeAbi.Current)
                {
                    AnyMemory = true,
                    Damage = (shape, code) => Spoil(emitter, type, shape == broken, code),
                });
                Assert.False(tier.Available, $"{type} {broken}");
                Assert.Contains($"{type} kernel of {broken.Rows} rows × {broken.Panels} panels", tier.Reason, StringComparison.Ordinal);
            }
    }

    [Fact]
    public void A_system_that_refuses_executable_pages_is_quoted()
    {
        var tier = EmittedTier.Find(All, _ => throw new TensorException("CodePage: refused"));
        Assert.False(tier.Available);
        Assert.Equal("CodePage: refused", tier.Reason);
    }

    [Fact]
    public void The_report_names_every_tier_once_and_agrees_with_the_choice()
    {
        var report = KernelTiers.Report();
        Assert.Equal(Enum.GetValues<KernelTier>(), report.Select(r => r.Tier));
        Assert.Equal(KernelTiers.Best, report.Last(r => r.Available).Tier);
        Assert.All(report, r => Assert.NotEmpty(r.Reason));
    }

    [Fact]
    public void Asking_for_the_tier_where_it_does_not_run_is_an_error()
    {
        Assert.SkipWhen(EmittedTier.Here.Available, "The tier runs here.");
        using var team = new Trimtab.Tensors.Threading.WorkerTeam(1);
        Assert.Contains("does not run here", Assert.Throws<TensorException>(() => new CpuBackend(team, KernelTier.Emitted)).Message, StringComparison.Ordinal);
    }

    // A nop in place of an instruction in the loop: vdpbf16ps or vpdpbusd.
    private static void Spoil(TileEmitter emitter, DType type, bool broken, byte[] code)
    {
        if (!broken || emitter.GetType() != EmittedProduct.Emitter(type).GetType())
            return;
        var dot = Machine.Decode(code).Last(i => i.Mnemonic is Iced.Intel.Mnemonic.Vdpbf16ps or Iced.Intel.Mnemonic.Vpdpbusd);
        code.AsSpan((int)dot.IP, dot.Length).Fill(0x90);
    }
}
