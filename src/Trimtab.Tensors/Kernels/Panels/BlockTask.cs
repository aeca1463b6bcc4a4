using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>A <see cref="PanelTask"/> of rows in a form of <see cref="BlockRows"/>, counted in blocks: where everything lies.</summary>
internal readonly unsafe struct BlockTask
{
    private readonly PanelTask _task;
    private readonly BlockRows _form;
    private readonly long _panelOffset, _scaleOffset, _biasOffset;

    /// <summary>The places of a task whose panels have blocks of <paramref name="blockBytes"/>.</summary>
    public BlockTask(in PanelTask task, BlockRows form, int blockBytes)
    {
        int first = task.Start / BlockRows.Block;
        (_task, _form, Blocks) = (task, form, task.Count / BlockRows.Block);
        _panelOffset = (long)first * blockBytes;
        _scaleOffset = form.ScaleOffset(task.Inner) + first * sizeof(float);
        _biasOffset = form.BiasOffset(task.Inner) + first * sizeof(int);
    }

    /// <summary>How many blocks are summed.</summary>
    public int Blocks { get; }

    /// <summary>Whether the sums go on from the outputs as they are.</summary>
    public bool Adds => _task.Start != 0;

    /// <summary>The first block of a panel.</summary>
    public byte* Panel(int panel) => _task.Panels + panel * _task.PanelStride + _panelOffset;

    /// <summary>The first code of a row.</summary>
    public byte* Codes(int row) => _task.Rows + row * _task.RowStride + (long)_task.Start * _form.CodeBytes;

    /// <summary>The scale of a row's first block.</summary>
    public float* Scales(int row) => (float*)(_task.Rows + row * _task.RowStride + _scaleOffset);

    /// <summary>The bias of a row's first block.</summary>
    public int* Biases(int row) => (int*)(_task.Rows + row * _task.RowStride + _biasOffset);

    /// <summary>A row's outputs in a panel.</summary>
    public float* Outputs(int row, int panel) => _task.Outputs + row * _task.OutputStride + panel * PanelFormat.Width;

    /// <summary>The step from a row's outputs to the next row's.</summary>
    public long OutputStep => _task.OutputStride;

    /// <summary>One row as a tile of its own.</summary>
    public BlockTile Row(int row, int panel) => new()
    {
        Codes = (int*)Codes(row), Scales = Scales(row), Biases = Biases(row), Outputs = Outputs(row, panel), OutputStep = OutputStep, Adds = Adds,
    };

    /// <summary>y += sums · weightScales · rowScale, rounded the same way in every kernel: the scales' product, then one fused multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBlock(Vector256<int> low, Vector256<int> high, Line256 weightScales, float* rowScale, float* y)
    {
        var scale = Vector256.Create(*rowScale);
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(low), weightScales.Low * scale, Vector256.Load(y)).Store(y);
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(high), weightScales.High * scale, Vector256.Load(y + 8)).Store(y + 8);
    }

    /// <summary>The same on any processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBlock(int* sums, float* weightScales, float rowScale, float* y)
    {
        var scale = Vector128.Create(rowScale);
        for (int i = 0; i < PanelFormat.Width; i += 4)
            Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(Vector128.Load(sums + i)), Vector128.Load(weightScales + i) * scale, Vector128.Load(y + i)).Store(y + i);
    }
}
