using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>
/// The experts of a block: one stack [experts, out, in] in GGUF, one matrix for each in the checkpoint, here views into the stack. Files from
/// before the stacks, with a tensor for each expert, are read as well.
/// </summary>
/// <param name="Gguf">The stack.</param>
/// <param name="Single">The name of one expert's tensor in files without stacks.</param>
/// <param name="HuggingFace">The name of one expert's tensor in the checkpoint.</param>
internal sealed record ExpertTensors(string Gguf, string Single, string HuggingFace) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        string name = Name(Gguf, block);
        if (file.Has(name))
        {
            var stack = file.Take(name);
            if (stack.Shape.Rank != 3)
                throw new ModelFormatException($"{file.Describe}: the tensor {name} is {stack} — a stack of experts has three axes.");
            for (int expert = 0; expert < stack.Shape[0]; expert++)
                add(Name(HuggingFace, block, expert), At(stack, expert));
            return;
        }
        for (int expert = 0; file.Has(Name(Single, block, expert)); expert++)
        {
            var single = file.Take(Name(Single, block, expert));
            add(Name(HuggingFace, block, expert), () => single);
        }
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
        List<Tensor> experts = [];
        while (checkpoint.Has(Name(HuggingFace, block, experts.Count)))
            experts.Add(checkpoint.Take(Name(HuggingFace, block, experts.Count)));
        if (experts.Count == 0)
            return;
        int rows = experts[0].RowCount;
        add(new PlannedTensor(Name(Gguf, block), new Shape(experts.Count, rows, experts[0].Columns), experts[0].DType, row => (experts[row / rows], row % rows)));
    }

    private static Func<Tensor> At(Tensor stack, int expert) => () => stack.At(expert);
}

/// <summary>Gate and up projection of all experts in one stack [experts, 2 · hidden, in], as llama.cpp's converter makes it on request. Read only.</summary>
internal sealed record FusedExpertTensors(string Gguf, string Gate, string Up) : TensorRule(Gguf)
{
    public override void Import(TensorLedger file, int block, DecoderConfig sizes, Action<string, Func<Tensor>> add)
    {
        string name = Name(Gguf, block);
        if (!file.Has(name))
            return;
        var stack = file.Take(name);
        if (stack.Shape.Rank != 3 || stack.Shape[1] % 2 != 0)
            throw new ModelFormatException($"{file.Describe}: the tensor {name} is {stack} — a stack of two projections has three axes, the second of even size.");
        int hidden = stack.Shape[1] / 2;
        for (int expert = 0; expert < stack.Shape[0]; expert++)
        {
            add(Name(Gate, block, expert), Part(stack, expert, 0, hidden));
            add(Name(Up, block, expert), Part(stack, expert, hidden, hidden));
        }
    }

    public override void Export(TensorLedger checkpoint, int block, DecoderConfig sizes, Action<PlannedTensor> add)
    {
    }

    private static Func<Tensor> Part(Tensor stack, int expert, int start, int count) => () => stack.At(expert).Slice(start, count);
}
