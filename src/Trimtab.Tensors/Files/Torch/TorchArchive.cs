using System.Text;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The zip format of torch.save: a top folder of any name with <c>data.pkl</c>, <c>data/KEY</c> for every storage, and <c>byteorder</c>. Checksums are
/// not compared, because torch can be told not to write them.
/// </summary>
internal static class TorchArchive
{
    private const long LongestPickle = 256 << 20;
    private const string PickleName = "/data.pkl";

    public static TorchValue Read(MappedStorage file)
    {
        var zip = ZipDirectory.Read(file);
        var pickles = zip.Entries.Where(e => e.Name.EndsWith(PickleName,
            StringComparison.Ordinal) && e.Name.IndexOf('/') == e.Name.Length - PickleName.Length).ToList();
        if (pickles.Count != 1)
            throw new TensorFileException(file.Path, "data.pkl", pickles.Count == 0 ? "missing" : $"given {pickles.Count} times",
                "expected it once, in one top folder; this is not a file of torch.save");
        string folder = pickles[0].Name[..^PickleName.Length];
        CheckByteOrder(file.Path, zip, folder);
        var storages = PlaceStorages(file, zip, folder + "/data/");
        var reader = new PickleReader(zip.ReadAll(pickles[0], LongestPickle), file.Path);
        var globals = new TorchGlobals(file.Path, storages);
        var value = new PickleMachine(reader, globals).Run();
        globals.CheckStorages(storages);
        return value;
    }

    private static void CheckByteOrder(string path, ZipDirectory zip, string folder)
    {
        if (zip.Find($"{folder}/byteorder") is { } entry && Encoding.Latin1.GetString(zip.ReadAll(entry, 16)) is var order && order != "little")
            throw new TensorFileException(path, "byteorder", $"'{order}'", "only little-endian files are read");
    }

    private static TorchStorages PlaceStorages(MappedStorage file, ZipDirectory zip, string folder)
    {
        var storages = new TorchStorages(file);
        foreach (var entry in zip.Entries.Where(e => e.Name.StartsWith(folder, StringComparison.Ordinal)))
        {
            string key = entry.Name[folder.Length..];
            // torch itself never compresses; what a repacker compressed is small, or the archive would have been refused.
            if (entry.Deflated)
                storages.Place(key, ManagedStorage.Of(zip.ReadAll(entry, Array.MaxLength)));
            else
                storages.TryPlace(key, entry.Offset, entry.ByteCount);
        }
        return storages;
    }
}
