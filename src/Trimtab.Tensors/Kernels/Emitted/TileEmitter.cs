using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Writes the machine code of tiles: some rows times some neighbouring panels over a stretch of inner positions. Every sum stays in one register from the stretch's first step
/// to its last, so the shape of the tile changes no bit. What a step does is the derived class's; the frame around it — sums in, addresses, loop, sums out — is here.
/// </summary>
internal abstract class TileEmitter
{
    // A single row reads four panels as four streams; together they ask for 4 KB ahead, which covers the latency of memory at its full rate.
    private const int PrefetchDistance = 1024;

    private const int CacheLine = 64;

    /// <summary>The rows of the tallest tile whose sums, of two panels, fit the registers.</summary>
    public abstract int MaxRows { get; }

    /// <summary>The bytes of a panel that one step covers.</summary>
    public abstract int PanelStep { get; }

    /// <summary>The bytes of a row that one step covers.</summary>
    public abstract int RowStep { get; }

    /// <summary>Every tile there is: 1 … <see cref="MaxRows"/> rows × 1 or 2 panels, and one row × 4.</summary>
    public IEnumerable<TileShape> Shapes
    {
        get
        {
            for (int rows = 1; rows <= MaxRows; rows++)
                for (int panels = 1; panels <= 2; panels++)
                    yield return new TileShape(rows, panels);
            yield return new TileShape(1, 4);
        }
    }

    /// <summary>The code of one tile: a function that takes a pointer to <see cref="TileArguments"/> and runs wherever it is put.</summary>
    public byte[] Emit(TileShape shape, NativeAbi abi)
    {
        var code = new Assembler(64);
        var frame = new TileFrame(shape.Rows, shape.Panels, code, abi);
        TakeSums(frame);
        TakeAddresses(frame);
        Begin(frame);
        var again = code.CreateLabel();
        code.Label(ref again);
        if (shape.Panels == 4)
            Prefetch(frame);
        Step(frame);
        code.add(TileFrame.Panels, PanelStep);
        code.add(TileFrame.LowRows, RowStep);
        if (shape.Rows > 4)
            code.add(TileFrame.HighRows, RowStep);
        code.cmp(TileFrame.Panels, __qword_ptr[frame.Argument(nameof(TileArguments.PanelsEnd))]);
        code.jb(again);
        GiveSums(frame);
        code.vzeroupper();
        code.ret();
        return Assemble(code);
    }

    /// <summary>Emits what is done once, before the first step.</summary>
    protected virtual void Begin(TileFrame frame) { }

    /// <summary>
    /// Emits the sums of one step. Where two panels share a row's activation it is broadcast to a register first: a broadcast inside the multiplying instruction costs a
    /// load for each of them, and Zen 4 has one load of 512 bits per cycle, as many as it has such multiplications.
    /// </summary>
    protected abstract void Step(TileFrame frame);

    private static void TakeSums(TileFrame frame)
    {
        var (code, fresh, ready) = (frame.Code, frame.Code.CreateLabel(), frame.Code.CreateLabel());
        code.cmp(__qword_ptr[frame.Argument(nameof(TileArguments.Adds))], 0);
        code.je(fresh);
        EachOutput(frame, (sum, output) => code.vmovups(sum, __zmmword_ptr[output]));
        code.jmp(ready);
        code.Label(ref fresh);
        for (int row = 0; row < frame.Rows; row++)
            for (int panel = 0; panel < frame.PanelCount; panel++)
                code.vpxord(frame.Sum(row, panel), frame.Sum(row, panel), frame.Sum(row, panel));
        code.Label(ref ready);
    }

    private static void TakeAddresses(TileFrame frame)
    {
        var code = frame.Code;
        code.mov(TileFrame.Panels, __qword_ptr[frame.Argument(nameof(TileArguments.Panels))]);
        code.mov(TileFrame.PanelStride, __qword_ptr[frame.Argument(nameof(TileArguments.PanelStride))]);
        code.mov(TileFrame.LowRows, __qword_ptr[frame.Argument(nameof(TileArguments.Rows))]);
        code.mov(TileFrame.RowStride, __qword_ptr[frame.Argument(nameof(TileArguments.RowStride))]);
        code.lea(TileFrame.ThreeRows, __[TileFrame.RowStride + TileFrame.RowStride * 2]);
        if (frame.PanelCount == 4)
            code.lea(TileFrame.ThreePanels, __[TileFrame.PanelStride + TileFrame.PanelStride * 2]);
        else if (frame.Rows > 4)
            code.lea(TileFrame.HighRows, __[TileFrame.LowRows + TileFrame.RowStride * 4]);
    }

    private static void GiveSums(TileFrame frame) => EachOutput(frame, (sum, output) => frame.Code.vmovups(__zmmword_ptr[output], sum));

    // Outside the loop rax and rdx are free to walk over the outputs.
    private static void EachOutput(TileFrame frame, Action<AssemblerRegisterZMM, AssemblerMemoryOperand> visit)
    {
        var code = frame.Code;
        code.mov(rax, __qword_ptr[frame.Argument(nameof(TileArguments.Outputs))]);
        code.mov(rdx, __qword_ptr[frame.Argument(nameof(TileArguments.OutputStride))]);
        for (int row = 0; row < frame.Rows; row++)
        {
            for (int panel = 0; panel < frame.PanelCount; panel++)
                visit(frame.Sum(row, panel), rax + panel * CacheLine);
            if (row < frame.Rows - 1)
                code.add(rax, rdx);
        }
    }

    // Asking for a line past the end of the weights is harmless: a prefetch never faults.
    private void Prefetch(TileFrame frame)
    {
        for (int panel = 0; panel < frame.PanelCount; panel++)
            for (int offset = 0; offset < PanelStep; offset += CacheLine)
                frame.Code.prefetcht0(__byte_ptr[TileFrame.Panel(panel, PrefetchDistance + offset)]);
    }

    private static byte[] Assemble(Assembler code)
    {
        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }
}

/// <summary>How many rows and panels a tile multiplies at once.</summary>
/// <param name="Rows">1 … 8.</param>
/// <param name="Panels">1, 2 or, with one row, 4.</param>
internal readonly record struct TileShape(int Rows, int Panels);
