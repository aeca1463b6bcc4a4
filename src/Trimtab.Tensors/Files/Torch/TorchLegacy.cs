using System.Buffers.Binary;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The format of torch.save before version 1.6: five pickles one after the other (magic number, protocol, system facts, the value, the keys of the
/// storages in order), then every storage as its number of elements and its bytes.
/// </summary>
internal static class TorchLegacy
{
    private const int LongestPickle = 64 << 20;

    // Two whole pickles: the number 0x1950A86A20F9469CFC6C, and the protocol version 1001.
    private static ReadOnlySpan<byte> Start =>
    [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E,
    ];

    public static bool Recognise(MappedStorage file) => file.ByteCount >= Start.Length && file.Span<byte>(0, Start.Length).SequenceEqual(Start);

    public static TorchValue Read(MappedStorage file)
    {
        // The pickles stand first and say themselves where they end.
        byte[] pickles = file.Span<byte>(Start.Length, (int)Math.Min(file.ByteCount - Start.Length, LongestPickle)).ToArray();
        var reader = new PickleReader(pickles, file.Path);
        var storages = new TorchStorages(file);
        var globals = new TorchGlobals(file.Path, storages);
        CheckByteOrder(file.Path, new PickleMachine(reader, globals).Run());
        var value = new PickleMachine(reader, globals).Run();
        var keys = new PickleMachine(reader, globals).Run();
        PlaceStorages(file, Start.Length + reader.Position, keys, globals, storages);
        globals.CheckStorages(storages);
        return value;
    }

    private static void CheckByteOrder(string path, TorchValue facts)
    {
        if (facts is not TorchDictionary dictionary || !dictionary.TryGet("little_endian", out var little) || little is not TorchBool { Value: true })
            throw new TensorFileException(path, "little_endian", facts, "only little-endian files are read");
    }

    private static void PlaceStorages(MappedStorage file, long position, TorchValue keys, TorchGlobals globals, TorchStorages storages)
    {
        if (keys is not TorchSequence list)
            throw new TensorFileException(file.Path, "the list of storages", keys, "expected a list of keys");
        foreach (var item in list.Items)
        {
            if (item is not TorchText { Value: var key } || globals.Named(key) is not { } storage)
                throw new TensorFileException(file.Path, "the list of storages", item, "expected the key of a storage that a tensor refers to");
            if (position > file.ByteCount - 8)
                throw new TensorFileException(file.Path, $"storage '{key}'", "cut off", $"the file ends after {file.ByteCount} bytes");
            long elements = BinaryPrimitives.ReadInt64LittleEndian(file.Span<byte>(position, 8));
            position += 8;
            if (elements != storage.Elements || storage.ByteCount > file.ByteCount - position)
                throw new TensorFileException(file.Path, $"size of storage '{key}'", elements,
                    $"the pickle says {storage.Elements} elements, and {file.ByteCount - position} bytes follow");
            if (!storages.TryPlace(key, position, (long)storage.ByteCount))
                throw new TensorFileException(file.Path, $"storage '{key}'", "given twice", "expected every key once");
            position += (long)storage.ByteCount;
        }
        if (position != file.ByteCount)
            throw new TensorFileException(file.Path, "the file's size", $"{file.ByteCount} bytes", $"its storages end at {position}");
    }
}
