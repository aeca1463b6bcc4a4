namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>What a row of F32 activations is turned into before it meets a weight: itself, or codes with scales. Compared by reference: weights of one form share the work.</summary>
internal abstract unsafe class RowForm
{
    /// <summary>The activations as they are, in single precision.</summary>
    public static RowForm Single { get; } = new SingleRows();

    /// <summary>The bytes of one row in this form, a multiple of 64 where rows are made.</summary>
    public abstract long Bytes(int inner);

    /// <summary>Writes one row's form. Every row alone: nothing of it depends on its neighbours.</summary>
    public abstract void Prepare(float* row, int inner, byte* target);

    /// <summary>A number of bytes made up to whole lines of 64.</summary>
    protected static long Aligned(long bytes) => (bytes + 63) & ~63L;

    private sealed class SingleRows : RowForm
    {
        public override long Bytes(int inner) => (long)inner * sizeof(float);

        public override void Prepare(float* row, int inner, byte* target) => Buffer.MemoryCopy(row, target, Bytes(inner), Bytes(inner));
    }
}
