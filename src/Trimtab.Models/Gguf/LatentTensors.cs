using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Models.Gguf;

/// <summary>
/// DeepSeek's expansion of the latent: in the checkpoint one weight [heads · (unrotated + value), latent], which older files keep. Newer files split it into the
/// keys' part, transposed head by head to [heads, latent, unrotated], and the values' part [heads, value, latent], so that llama.cpp can attend in the
/// latent space. Joining them again is a copy, in single precision because blocks cannot be transposed.
/// </summary>
/// <param name="Gguf">The keys' part.</param>
/// <param name="Values">The values' part.</param>
/// <param name="Joined">The one weight of older files.</param>
/// <param name="HuggingFace">The one weight of the checkpoint.</param>
/// <param name="Output">The checkpoint's output projection, whose width tells the size of a value.</param>
internal sealed record LatentTensors(string Gguf, string Values, string Joined, string HuggingFace, string Output) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        string name = Name(HuggingFace, block);
        if (file.Has(Name(Joined, block)))
        {
            var joined = file.Take(Name(Joined, block));
            add(name, () => joined);
        }
        else if (file.Has(Name(Gguf, block)))
        {
            var (keys, values) = (file.Take(Name(Gguf, block)), file.Take(Name(Values, block)));
            if (keys.Shape.Rank != 3 || values.Shape.Rank != 3 || keys.Shape[0] != values.Shape[0] || keys.Shape[1] != values.Shape[2])
                throw new ModelFormatException($"{file.Describe}: the tensors {Name(Gguf, block)} {keys} and {Name(Values, block)} {values} do not fit together — "
                    + "[heads, latent, unrotated] and [heads, value, latent] are needed.");
            add(name, () => Join(keys, values));
        }
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (!checkpoint.Has(Name(HuggingFace, block)))
            return;
        var joined = checkpoint.Take(Name(HuggingFace, block));
        int heads = sizes.HeadCount, latent = joined.Columns, valueSize = checkpoint.Take(Name(Output, block)).Columns / heads;
        int perHead = joined.RowCount / heads, keySize = perHead - valueSize;
        var keys = new Lazy<Tensor>(() => TensorRows.Transposed(KeyRows(joined, heads, keySize)));
        add(new PlannedTensor(Name(Gguf, block), new Shape(heads, latent, keySize), DType.F32, row => (keys.Value, row)));
        add(new PlannedTensor(Name(Values, block), new Shape(heads, valueSize, latent), joined.DType,
            row => (joined, row / valueSize * perHead + keySize + row % valueSize)));
    }

    private static Tensor KeyRows(Tensor joined, int heads, int keySize)
    {
        int perHead = joined.RowCount / heads;
        var keys = Tensor.Zeros(new Shape(heads, keySize, joined.Columns));
        for (int row = 0; row < heads * keySize; row++)
            RowDecoder.Decode(joined, row / keySize * perHead + row % keySize, keys.Row(row));
        return keys;
    }

    private static Tensor Join(Tensor keys, Tensor values)
    {
        var rows = TensorRows.Transposed(keys);
        int heads = keys.Shape[0], keySize = keys.Shape[2], valueSize = values.Shape[1], perHead = keySize + valueSize;
        var joined = Tensor.Zeros(new Shape(heads * perHead, values.Columns));
        for (int row = 0; row < joined.RowCount; row++)
        {
            int head = row / perHead, within = row % perHead;
            if (within < keySize)
                rows.Row(head * keySize + within).CopyTo(joined.Row(row));
            else
                RowDecoder.Decode(values, head * valueSize + within - keySize, joined.Row(row));
        }
        return joined;
    }
}
