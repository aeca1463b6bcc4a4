using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The 16 half scales at the head of a block of a panel: output i + 8 right behind output i; see <see cref="ILine{TSelf}.LoadFiniteHalves"/>.</summary>
internal static unsafe class HalfScales
{
    /// <summary>Their bytes.</summary>
    public const int Bytes = PanelFormat.Width * sizeof(ushort);

    /// <summary>Sets the scale of one output.</summary>
    public static void Write(byte* block, int output, ushort half) => ((ushort*)block)[Place(output)] = half;

    /// <summary>The scale of one output.</summary>
    public static float Read(byte* block, int output) =>
        (float)BinaryPrimitives.ReadHalfLittleEndian(new ReadOnlySpan<byte>(block + Place(output) * sizeof(ushort), sizeof(ushort)));

    /// <summary>The scales of a block as singles, infinities and NaN included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line256 Load(byte* block) => Line256.Beyond(Line256.LoadFiniteHalves((ushort*)block));

    /// <summary>The scales of some blocks of a panel as singles, for all rows that meet them: [blocks, 16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToSingles(byte* panel, int blockBytes, int blocks, float* target)
    {
        for (int block = 0; block < blocks; block++)
            Line256.Store(Load(panel + (long)block * blockBytes), target + block * PanelFormat.Width);
    }

    private static int Place(int output) => output % 8 * 2 + output / 8;
}
