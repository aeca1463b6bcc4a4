using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Rows of one tile over some blocks, interleaved as <see cref="RowTiles"/> has it, and their outputs in a panel.</summary>
internal unsafe struct BlockTile
{
    /// <summary>Four bytes of codes of each row, and so on.</summary>
    public int* Codes;

    /// <summary>A block's scale of each row, and so on.</summary>
    public float* Scales;

    /// <summary>A block's bias of each row, and so on, where the form of the rows has them.</summary>
    public int* Biases;

    /// <summary>The outputs of the first row, and the step to the next row's.</summary>
    public float* Outputs;
    public long OutputStep;

    /// <summary>Whether the sums go on from the outputs as they are.</summary>
    public bool Adds;

    /// <summary>Sets the outputs of the rows to zero, unless the sums go on from them.</summary>
    public readonly void Begin(int rows)
    {
        if (Adds)
            return;
        for (int row = 0; row < rows; row++)
            Line256.Store(Line256.Zero, Outputs + row * OutputStep);
    }

    /// <summary>Where a block's sums go, row after row, times the rows' <paramref name="scales"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Tail TailOf(float* scales) => new(scales, Outputs, OutputStep);

    /// <summary>Takes a block's integer sums of one row after the other to their outputs.</summary>
    internal ref struct Tail(float* scale, float* output, long outputStep)
    {
        private float* _scale = scale;
        private float* _output = output;

        /// <summary>Adds the sums of the next row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector256<int> low, Vector256<int> high, Line256 weightScales)
        {
            BlockTask.AddBlock(low, high, weightScales, _scale++, _output);
            _output += outputStep;
        }
    }
}
