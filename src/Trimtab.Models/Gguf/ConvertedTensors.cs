using System.Collections.Concurrent;
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

    // What is converted between two writes, and what one processor takes of it at a time.
    private const int PieceBytes = 8 << 20, RangeBytes = 1 << 16;

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

    // Rows are converted in pieces that all processors share; each is independent of the others, so the bytes do not depend on how many there are.
    private static void WriteRows(PlannedTensor tensor, DType type, FileStream stream)
    {
        int rows = checked((int)tensor.Shape.RowCount), rowBytes = checked((int)type.ByteCount(tensor.Shape.Last));
        int piece = Math.Clamp(PieceBytes / Math.Max(rowBytes, 1), 1, Math.Max(rows, 1));
        byte[] bytes = new byte[piece * rowBytes];
        for (int first = 0; first < rows; first += piece)
        {
            int count = Math.Min(piece, rows - first);
            ConvertRows(tensor, type, first, count, bytes);
            stream.Write(bytes, 0, count * rowBytes);
        }
    }

    private static void ConvertRows(PlannedTensor tensor, DType type, int first, int count, byte[] bytes)
    {
        int rowBytes = checked((int)type.ByteCount(tensor.Shape.Last));
        try
        {
            Parallel.ForEach(Partitioner.Create(0, count, Math.Max(1, RangeBytes / Math.Max(rowBytes, 1))), () => new float[tensor.Shape.Last], (range, _, values) =>
            {
                for (int row = range.Item1; row < range.Item2; row++)
                    Convert(tensor.Row(first + row), type, values, bytes.AsSpan(row * rowBytes, rowBytes));
                return values;
            }, static _ => { });
        }
        catch (AggregateException several) when (several.InnerExceptions[0] is TensorException cause)
        {
            throw new TensorException($"Convert: the tensor {tensor.Name} to {type} — {cause.Message}", cause);
        }
    }

    private static void Convert((Tensor Tensor, int Row) source, DType type, Span<float> values, Span<byte> target)
    {
        if (source.Tensor.DType == type)
        {
            source.Tensor.RowBytes(source.Row).CopyTo(target);
            return;
        }
        RowDecoder.Decode(source.Tensor, source.Row, values);
        RowEncoder.Encode(type, values, target);
    }
}
