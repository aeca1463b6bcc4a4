using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Where the rows of one tile of a <see cref="BlockTask"/> are: codes, scales, biases and outputs, each a fixed step apart.</summary>
internal readonly unsafe struct BlockTileRows
{
    private readonly byte* _codes;
    private readonly float* _outputs;
    private readonly float* _scales;
    private readonly short* _biases;
    private readonly long _codeStep, _outputStep;
    private readonly bool _adds;

    /// <summary>The tile whose first row and panel are given.</summary>
    public BlockTileRows(in BlockTask places, int row, int panel)
    {
        _codes = places.Codes(row);
        _outputs = places.Outputs(row, panel);
        _scales = places.Scales(row);
        _biases = places.Biases(row);
        _codeStep = places.Codes(row + 1) - _codes;
        _outputStep = places.Outputs(row + 1, panel) - _outputs;
        _adds = places.Adds;
    }

    /// <summary>
    /// How many of the rows that are left the next tile takes. The registers would hold the sums of six, but then the addresses of so many rows do not fit theirs: tiles of
    /// four rows run 1.4 times as fast.
    /// </summary>
    public static int Height(int rows) => rows >= 4 ? 4 : rows >= 2 ? 2 : 1;

    /// <summary>Four bytes of codes after the other: the first of a row.</summary>
    public int* Codes(int row) => (int*)(_codes + row * _codeStep);

    /// <summary>Fetches the outputs of the tile behind this one of <paramref name="count"/> rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForOutputsBehind(int count) => PanelTask.AskForOutputs(_outputs + count * _outputStep, _outputStep, count);

    /// <summary>Sets the outputs of the rows to zero, unless the task goes on from them.</summary>
    public void Begin(int count)
    {
        if (_adds)
            return;
        for (int row = 0; row < count; row++)
            Line256.Store(Line256.Zero, _outputs + row * _outputStep);
    }

    /// <summary>A row's bias of a block in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<short> Bias(int row, int block) => Vector256.Create(*(short*)((byte*)(_biases + block) + row * _codeStep));

    /// <summary>Where a block's sums go, row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tail TailOf(int block) => new((byte*)(_scales + block), _codeStep, _outputs, _outputStep);

    /// <summary>Takes a block's integer sums of one row after the other to their outputs.</summary>
    internal ref struct Tail(byte* scale, long scaleStep, float* output, long outputStep)
    {
        private byte* _scale = scale;
        private float* _output = output;

        /// <summary>Adds the sums of the next row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector256<int> low, Vector256<int> high, Line256 weightScales)
        {
            BlockTask.AddBlock(low, high, weightScales, (float*)_scale, _output);
            _scale += scaleStep;
            _output += outputStep;
        }
    }
}
