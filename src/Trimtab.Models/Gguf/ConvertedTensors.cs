using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models.Gguf;

/// <summary>
/// Planned tensors in the element types they are to be written in. Those that exist as they are stay where they are; the others are made row by row into a
/// temporary file beside the target, so that a model need not fit into memory to be converted.
/// </summary>
internal sealed class ConvertedTensors : IDisposable
{
    private const int Alignment = 64;

    private readonly string _path;
    private readonly MappedStorage? _made;

    private ConvertedTensors(string path, MappedStorage? made, IReadOnlyList<(string, Tensor)> tensors) => (_path, _made, Tensors) = (path, made, tensors);

    /// <summary>Names and tensors, in the order of the plan; valid until this object is disposed.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Tensors { get; }

    /// <summary>Converts all tensors of a plan.</summary>
    /// <param name="plan">The tensors, each with its type.</param>
    /// <param name="besidePath">The file that is going to be written.</param>
    public static ConvertedTensors Make(IReadOnlyList<(PlannedTensor Tensor, DType Type)> plan, string besidePath)
    {
        string path = $"{besidePath}.{Path.GetRandomFileName()}.tmp";
        try
        {
            var offsets = WriteRows(plan, path);
            var made = offsets.Length > 0 && offsets.Max() >= 0 ? MappedStorage.Open(path) : null;
            return new ConvertedTensors(path, made, [.. plan.Select((item, i) => (item.Tensor.Name, offsets[i] < 0
                ? item.Tensor.Whole!
                : Tensor.Over(made!, offsets[i], item.Tensor.Shape, item.Type)))]);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public void Dispose()
    {
        _made?.Dispose();
        File.Delete(_path);
    }

    // The place of each tensor in the temporary file, or −1 for those that need none.
    private static long[] WriteRows(IReadOnlyList<(PlannedTensor Tensor, DType Type)> plan, string path)
    {
        var offsets = new long[plan.Count];
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        for (int i = 0; i < plan.Count; i++)
        {
            var (tensor, type) = plan[i];
            if (tensor.Whole is { } whole && whole.DType == type)
            {
                offsets[i] = -1;
                continue;
            }
            while (stream.Position % Alignment != 0)
                stream.WriteByte(0);
            offsets[i] = stream.Position;
            WriteRows(tensor, type, stream);
        }
        return offsets;
    }

    private static void WriteRows(PlannedTensor tensor, DType type, FileStream stream)
    {
        long rows = tensor.Shape.RowCount;
        var values = new float[tensor.Shape.Last];
        byte[] bytes = new byte[type.ByteCount(values.Length)];
        for (int row = 0; row < rows; row++)
        {
            var (source, index) = tensor.Row(row);
            if (source.DType == type)
            {
                stream.Write(source.RowBytes(index));
                continue;
            }
            RowDecoder.Decode(source, index, values);
            RowEncoder.Encode(type, values, bytes);
            stream.Write(bytes);
        }
    }
}
