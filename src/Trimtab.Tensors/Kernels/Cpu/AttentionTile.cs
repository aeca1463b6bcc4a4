using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Where the parts of <see cref="AttentionGradient"/>'s work lie in the scratch memory of a thread; over a null address, how much of it there must be.</summary>
internal readonly unsafe struct AttentionTile
{
    /// <summary>The rows of a tile at most, unless a single position has more heads than that: enough that the tile's products are long.</summary>
    private const int UsualRows = 128;

    /// <summary>Singles from one row to the next of what is turned: not a multiple of 1 KB, of which few find room in the nearest cache.</summary>
    public const int TurnedStride = PanelStretch.Inner + PanelFormat.Width;

    public AttentionTile(float* memory, PanelFormat format, int keys, in AttentionShape shape)
    {
        int group = shape.Heads / shape.KeyHeads;
        Positions = Math.Max(1, UsualRows / group);
        Rows = Padded(Positions * group);
        (KeyWidth, ValueWidth) = (Padded(shape.KeySize), Padded(shape.ValueSize));
        long next = 0;
        KeyLines = Take((long)keys * KeyWidth);
        KeySums = Take((long)keys * KeyWidth);
        ValueSums = Take((long)keys * ValueWidth);
        TileRows = Take((long)Rows * Math.Max(KeyWidth, ValueWidth));
        QueriesTurned = Take((long)Rows * KeyWidth);
        QueryLines = Take((long)Rows * KeyWidth);
        OutputsTurned = Take((long)Rows * ValueWidth);
        OutputLines = Take((long)Rows * ValueWidth);
        Weights = Take((long)keys * Rows);
        Gradients = Take((long)keys * Rows);
        Bends = Take(shape.SoftCap > 0 ? (long)keys * Rows : 0);
        Lanes = Take(4L * Rows);
        GradientsTurned = Take((long)Rows * TurnedStride);
        QuerySums = Take((long)Rows * KeyWidth);
        Format = (byte*)Take(format.ScratchBytes / sizeof(float));
        Bytes = next * sizeof(float);

        float* Take(long singles)
        {
            float* place = memory + next;
            next += (singles + 15) / 16 * 16;
            return place;
        }
    }

    /// <summary>The bytes of all parts.</summary>
    public long Bytes { get; }

    /// <summary>How many neighbouring positions are a tile; each brings the query heads that share the key head.</summary>
    public int Positions { get; }

    /// <summary>The rows of a tile, filled up to whole panels.</summary>
    public int Rows { get; }

    /// <summary>The size of a key and of a value head, filled up to whole panels.</summary>
    public int KeyWidth { get; }
    public int ValueWidth { get; }

    /// <summary>The keys as panels over their positions, and the sums of the gradients: [keys][width].</summary>
    public float* KeyLines { get; }
    public float* KeySums { get; }
    public float* ValueSums { get; }

    /// <summary>The tile's queries and output gradients: as rows, as panels over their own size ("turned"), as panels over the rows ("lines").</summary>
    public float* TileRows { get; }
    public float* QueriesTurned { get; }
    public float* QueryLines { get; }
    public float* OutputsTurned { get; }
    public float* OutputLines { get; }

    /// <summary>[key][row]: the attention weights, the gradients of weights and then scores, the slopes of the soft-cap.</summary>
    public float* Weights { get; }
    public float* Gradients { get; }
    public float* Bends { get; }

    /// <summary>Four numbers for each row.</summary>
    public float* Lanes { get; }

    /// <summary>A block of the gradients, [row][key], and the sums over keys, [row][width].</summary>
    public float* GradientsTurned { get; }
    public float* QuerySums { get; }

    /// <summary>What the panel kernels keep to themselves.</summary>
    public byte* Format { get; }

    private static int Padded(int count) => (count + PanelFormat.Width - 1) / PanelFormat.Width * PanelFormat.Width;
}
