using Trimtab.Tensors.Files;
using System.Runtime.InteropServices;
using System.Text;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Writes one F32 tensor as torch.save does: a zip archive of stored entries, `archive/data.pkl` with a pickle of protocol 2 that rebuilds the tensor, `archive/data/0` with
/// its values, little-endian, at a multiple of 64 bytes, and `archive/version`. These are the only names that torch.load(weights_only=True) needs to allow.
/// </summary>
internal static class TorchTensorFile
{
    public static void Write(string path, Tensor tensor) => AtomicFile.Write(path, stream =>
    {
        using var zip = new StoredZip(stream);
        zip.Add("archive/data.pkl", Pickle(tensor.Shape));
        zip.Add("archive/byteorder", "little"u8);
        zip.Add("archive/data/0", MemoryMarshal.AsBytes(tensor.Values));
        zip.Add("archive/version", "3\n"u8);
        zip.Finish();
    });

    // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks); the storage is a persistent id ("storage", class, key, device, elements).
    private static byte[] Pickle(in Shape shape)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write((ReadOnlySpan<byte>)[0x80, 2]);
        writer.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Text(writer, "storage");
        writer.Write("ctorch\nFloatStorage\n"u8);
        Text(writer, "0");
        Text(writer, "cpu");
        Integer(writer, checked((int)shape.Count));
        writer.Write("tQ"u8);
        Integer(writer, 0);
        Tuple(writer, shape.ToArray());
        Tuple(writer, Strides(shape));
        writer.Write((byte)0x89);
        writer.Write("ccollections\nOrderedDict\n)RtR."u8);
        writer.Flush();
        return buffer.ToArray();
    }

    private static int[] Strides(in Shape shape)
    {
        int[] strides = new int[shape.Rank];
        for (int axis = shape.Rank - 1, stride = 1; axis >= 0; stride *= shape[axis--])
            strides[axis] = stride;
        return strides;
    }

    private static void Text(BinaryWriter writer, string text)
    {
        writer.Write((byte)'X');
        writer.Write(text.Length);
        writer.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void Integer(BinaryWriter writer, int value)
    {
        writer.Write((byte)'J');
        writer.Write(value);
    }

    private static void Tuple(BinaryWriter writer, int[] values)
    {
        writer.Write((byte)'(');
        foreach (int value in values)
            Integer(writer, value);
        writer.Write((byte)'t');
    }
}
