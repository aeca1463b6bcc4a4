using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// How a weight [N, K] lies in memory while products are computed: cut into panels of <see cref="Width"/> outputs, each panel one sequential stream over K, the next
/// panel right behind it. A format knows one element type and the instructions of one tier; every format of a type computes the same sums in the same order for
/// a row whatever other rows, panels and k-blocks share the call, so a row's result depends on nothing but the row.
/// </summary>
internal abstract unsafe class PanelFormat
{
    /// <summary>Outputs per panel: one cache line of singles.</summary>
    public const int Width = 16;

    /// <summary>What people call it, for reports: "BF16, AVX2".</summary>
    public abstract string Name { get; }

    /// <summary>The element type that <see cref="Pack"/> takes rows in.</summary>
    public abstract DType Type { get; }

    /// <summary>What a row of activations is turned into before the products.</summary>
    public abstract RowForm Rows { get; }

    /// <summary>How many inner positions a block of many rows covers, so that a panel's block stays in the nearest cache: a multiple of the type's block.</summary>
    public abstract int InnerBlock { get; }

    /// <summary>Bytes of scratch memory that <see cref="Multiply"/> wants per thread.</summary>
    public virtual int ScratchBytes => 0;

    /// <summary>The bytes of one panel over <paramref name="inner"/> positions: a multiple of 64.</summary>
    public abstract long PanelBytes(int inner);

    /// <summary>Writes one panel from <see cref="Width"/> rows of <see cref="Type"/>, <paramref name="inner"/> elements each; a null row counts as zeros.</summary>
    public abstract void Pack(byte** rows, int inner, byte* panel);

    /// <summary>
    /// Outputs[t, n] = (or, where the task's first position is not 0, +=) Σ over the task's positions of row t times column n, for all rows and panels of the task.
    /// </summary>
    public abstract void Multiply(in PanelTask task);

    /// <summary>A number of bytes made up to whole lines of 64.</summary>
    protected static long Aligned(long bytes) => (bytes + 63) & ~63L;

    /// <summary>Decodes positions <paramref name="start"/> … start + count − 1 of one panel to [count, <see cref="Width"/>] singles: for gradients and checks.</summary>
    public abstract void Decode(byte* panel, int inner, int start, int count, float* target);
}

/// <summary>A stretch of a product: some rows times some neighbouring panels, over some inner positions.</summary>
internal unsafe struct PanelTask
{
    /// <summary>The first panel, and how many there are, one <see cref="PanelStride"/> after the other.</summary>
    public byte* Panels;
    public long PanelStride;
    public int PanelCount;

    /// <summary>K, the inner size of the whole weight.</summary>
    public int Inner;

    /// <summary>The inner positions Start … Start + Count − 1 are summed. Both are multiples of the type's block, except that the last stretch ends at Inner.</summary>
    public int Start, Count;

    /// <summary>The rows, in the form of <see cref="PanelFormat.Rows"/>, whole: position 0 first.</summary>
    public byte* Rows;
    public long RowStride;
    public int RowCount;

    /// <summary>The outputs of the first row and panel; panel p's lie 16·p further, row t's t·OutputStride (in singles).</summary>
    public float* Outputs;
    public long OutputStride;

    /// <summary>Memory of the calling thread, <see cref="PanelFormat.ScratchBytes"/> long, aligned to 64.</summary>
    public byte* Scratch;

    /// <summary>Fetches the outputs of a tile that comes next: its rows lie so far apart that the processor does not expect them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AskForOutputs(float* outputs, long stride, int rows)
    {
        if (!Sse.IsSupported)
            return;
        for (int row = 0; row < rows; row++)
            Sse.Prefetch0(outputs + row * stride);
    }
}
