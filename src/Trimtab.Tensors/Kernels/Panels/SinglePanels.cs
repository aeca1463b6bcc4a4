namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>F32 panels: for each inner position the 16 outputs' values, one cache line.</summary>
internal sealed unsafe class SinglePanels(KernelTier tier) : PanelFormat
{
    /// <inheritdoc/>
    public override string Name => $"F32, {tier}";

    /// <inheritdoc/>
    public override DType Type => DType.F32;

    /// <inheritdoc/>
    public override RowForm Rows => RowForm.Single;

    /// <inheritdoc/>
    public override int InnerBlock => 256;

    /// <inheritdoc/>
    public override long PanelBytes(int inner) => (long)inner * Width * sizeof(float);

    /// <inheritdoc/>
    public override void Pack(byte** rows, int inner, byte* panel)
    {
        float* target = (float*)panel;
        for (int k = 0; k < inner; k++, target += Width)
            for (int i = 0; i < Width; i++)
                target[i] = rows[i] == null ? 0 : ((float*)rows[i])[k];
    }

    /// <inheritdoc/>
    public override void Multiply(in PanelTask task)
    {
        for (int panel = 0; panel < task.PanelCount; panel++)
            for (int t = 0; t < task.RowCount; t++)
            {
                float* x = (float*)(task.Rows + t * task.RowStride), w = (float*)(task.Panels + panel * task.PanelStride), y = task.Outputs + t * task.OutputStride + panel * Width;
                for (int i = 0; i < Width; i++)
                {
                    float sum = task.Start == 0 ? 0 : y[i];
                    for (int k = task.Start; k < task.Start + task.Count; k++)
                        sum = MathF.FusedMultiplyAdd(x[k], w[k * Width + i], sum);
                    y[i] = sum;
                }
            }
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target) =>
        Buffer.MemoryCopy((float*)panel + (long)start * Width, target, (long)count * Width * sizeof(float), (long)count * Width * sizeof(float));
}
