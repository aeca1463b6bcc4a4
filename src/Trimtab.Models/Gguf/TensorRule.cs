using System.Globalization;
using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>
/// How tensors of GGUF files and of Hugging Face checkpoints follow from one another. In names, '#' stands for the block's number and '@' for the
/// expert's; a rule without '#' holds once for the whole model.
/// </summary>
/// <param name="Gguf">The name in GGUF files; of several, the first.</param>
internal abstract record TensorRule(string Gguf)
{
    /// <summary>Whether the rule holds for each block.</summary>
    public bool IsPerBlock => Gguf.Contains('#', StringComparison.Ordinal);

    /// <summary>Adds the Hugging Face tensors that the file's tensors of one block stand for, if it has them.</summary>
    /// <param name="file">The tensors of the GGUF file.</param>
    /// <param name="block">The block's number.</param>
    /// <param name="sizes">The model's sizes.</param>
    /// <param name="add">Takes a name and what makes the tensor when it is first asked for.</param>
    public abstract void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add);

    /// <summary>Adds the GGUF tensors for a checkpoint's tensors of one block, if it has them.</summary>
    public abstract void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add);

    /// <summary>A name with its numbers filled in.</summary>
    protected static string Name(string pattern, int block, int expert = 0) => pattern
        .Replace("#", block.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("@", expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}

/// <summary>The same tensor under two names.</summary>
internal sealed record SameTensor(string Gguf, string HuggingFace, bool KeepsPrecision = false) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        if (file.TakeIfPresent(Name(Gguf, block)) is { } stored)
            add(Name(HuggingFace, block), () => stored);
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (checkpoint.TakeIfPresent(Name(HuggingFace, block)) is { } tensor)
            add(PlannedTensor.Of(Name(Gguf, block), tensor) with { KeepsPrecision = KeepsPrecision });
    }
}

/// <summary>The embedding matrix; where it is the head as well, a checkpoint may hold the one matrix under the head's name.</summary>
internal sealed record EmbeddingTensor(string Gguf, string HuggingFace, string Head) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add) =>
        new SameTensor(Gguf, HuggingFace).Import(file, block, sizes, add);

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add) =>
        add(PlannedTensor.Of(Gguf, checkpoint.Take(sizes.TieWordEmbeddings && !checkpoint.Has(HuggingFace) && checkpoint.Has(Head) ? Head : HuggingFace)));
}

/// <summary>The head: absent from GGUF files where it is the embedding matrix, whatever the checkpoint carries.</summary>
internal sealed record HeadTensor(string Gguf, string HuggingFace) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add) =>
        new SameTensor(Gguf, HuggingFace).Import(file, block, sizes, add);

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (sizes.TieWordEmbeddings)
            checkpoint.TakeIfPresent(HuggingFace);
        else
            add(PlannedTensor.Of(Gguf, checkpoint.Take(HuggingFace)));
    }
}

/// <summary>The same rows in another order.</summary>
internal sealed record ReorderedTensor(string Gguf, string HuggingFace, RowOrder Order) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        string name = Name(Gguf, block);
        if (file.TakeIfPresent(name) is not { } stored)
            return;
        Order.Check(file.Describe, name, stored, sizes);
        add(Name(HuggingFace, block), () => Order.Restore(stored, sizes));
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        string name = Name(HuggingFace, block);
        if (checkpoint.TakeIfPresent(name) is not { } tensor)
            return;
        Order.Check(checkpoint.Describe, name, tensor, sizes);
        add(Order.Arrange(Name(Gguf, block), tensor, sizes));
    }
}

/// <summary>
/// Gemma's norms: the checkpoint holds the distance from 1, GGUF the factor itself. The loader adds 1 again: exact for factors from 0.5 on, and off by at
/// most 2⁻²⁵ for smaller ones, because subtracting 1 rounds them.
/// </summary>
internal sealed record PlusOneTensor(string Gguf, string HuggingFace) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        if (file.TakeIfPresent(Name(Gguf, block)) is { } factors)
            add(Name(HuggingFace, block), () => TensorRows.Shifted(factors, -1));
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (checkpoint.TakeIfPresent(Name(HuggingFace, block)) is { } distances)
            add(PlannedTensor.Of(Name(Gguf, block), TensorRows.Shifted(distances, 1)));
    }
}

/// <summary>A layer with one output: a vector in GGUF, a matrix of one row in the checkpoint.</summary>
internal sealed record SingleRowTensor(string Gguf, string HuggingFace) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        if (file.TakeIfPresent(Name(Gguf, block)) is { } stored)
            add(Name(HuggingFace, block), () => stored.Reshape(new Shape(1, checked((int)stored.Count))));
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (checkpoint.TakeIfPresent(Name(HuggingFace, block)) is { } row)
            add(PlannedTensor.Of(Name(Gguf, block), row.Reshape(new Shape(row.Columns))));
    }
}

/// <summary>GPT-2's weights, which the checkpoint alone stores as [in, out]. Its tensors are copied; the models are small.</summary>
internal sealed record TransposedTensor(string Gguf, string HuggingFace) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        if (file.TakeIfPresent(Name(Gguf, block)) is { } stored)
            add(Name(HuggingFace, block), () => TensorRows.Transposed(stored));
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        if (checkpoint.TakeIfPresent(Name(HuggingFace, block)) is { } weight)
            add(PlannedTensor.Of(Name(Gguf, block), TensorRows.Transposed(weight)));
    }
}

/// <summary>Tensors that some files carry and that have no part in the computation.</summary>
internal sealed record IgnoredTensor(string Gguf) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add) => file.TakeIfPresent(Name(Gguf, block));

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
    }
}
