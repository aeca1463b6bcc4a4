using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>Files of autoencoders as other tools write them, byte by byte from the definitions of their formats.</summary>
internal static class SaeFiles
{
    /// <summary>A folder with a configuration and a safetensors file.</summary>
    public static string Folder(string root, string configName, string config, string weightName, params (string Name, Tensor Tensor)[] tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, weightName))!);
        File.WriteAllText(Path.Combine(root, configName), config);
        SafetensorsFile.Write(Path.Combine(root, weightName), tensors);
        return root;
    }

    /// <summary>A numpy archive of F32 arrays.</summary>
    public static void Npz(string path, params (string Name, Tensor Tensor)[] arrays)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, tensor) in arrays)
        {
            using var entry = zip.CreateEntry($"{name}.npy", CompressionLevel.NoCompression).Open();
            string sizes = string.Concat(tensor.Shape.ToArray().Select(size => $"{size}, "));
            string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}";
            header = header.PadRight((10 + header.Length + 1 + 63) / 64 * 64 - 11) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)]);
            entry.Write(MemoryMarshal.AsBytes(tensor.Values));
        }
    }

    /// <summary>A state dictionary as torch.save writes it: each value a tensor with a storage of its own.</summary>
    public static void Torch(string path, params (string Name, TorchData Data)[] values)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        var pickle = new List<byte>([0x80, 2, (byte)'}', (byte)'(']);
        for (int i = 0; i < values.Length; i++)
        {
            pickle.AddRange(Text(values[i].Name));
            pickle.AddRange(Rebuild(values[i].Data, i));
            Add(zip, $"state/data/{i}", values[i].Data.Bytes);
        }
        pickle.AddRange("u."u8);
        Add(zip, "state/data.pkl", [.. pickle]);
        Add(zip, "state/version", "3\n"u8.ToArray());
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }

    private static byte[] Rebuild(TorchData data, int storage)
    {
        int[] strides = [.. data.Sizes.Select((_, axis) => data.Sizes[(axis + 1)..].Aggregate(1, (a, b) => a * b))];
        return [.. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. Encoding.ASCII.GetBytes($"ctorch\n{data.Storage}\n"), .. Text($"{storage}"), .. Text("cpu"),
            .. Integer(data.Sizes.Aggregate(1, (a, b) => a * b)), .. "tQ"u8, .. Integer(0), .. Tuple(data.Sizes), .. Tuple(strides), 0x89, .. "ccollections\nOrderedDict\n)RtR"u8];
    }

    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Integer(int value) => [(byte)'J', .. BitConverter.GetBytes(value)];

    private static byte[] Tuple(int[] values) => [(byte)'(', .. values.SelectMany(Integer), (byte)'t'];
}

/// <summary>One tensor of a torch file: its storage's class, its bytes and its sizes.</summary>
internal sealed record TorchData(string Storage, byte[] Bytes, int[] Sizes)
{
    public static implicit operator TorchData(Tensor tensor) => new("FloatStorage", MemoryMarshal.AsBytes(tensor.Values).ToArray(), tensor.Shape.ToArray());

    public static implicit operator TorchData(float number) => new("FloatStorage", BitConverter.GetBytes(number), []);

    public static implicit operator TorchData(int number) => new("IntStorage", BitConverter.GetBytes(number), []);

    public static implicit operator TorchData(long[] numbers) => new("LongStorage", [.. numbers.SelectMany(BitConverter.GetBytes)], [numbers.Length]);
}
