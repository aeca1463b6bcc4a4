using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>Opens a mapped file for a reader and closes it again if the reader throws.</summary>
internal static class FileMapping
{
    /// <summary>Maps <paramref name="path"/> and builds a T on it.</summary>
    /// <exception cref="TensorFileException">The file is empty, a folder, or what the reader finds.</exception>
    public static T Open<T>(string path, Func<MappedStorage, T> read)
    {
        if (Directory.Exists(path))
            throw new TensorFileException(path, "the path", "a folder", "expected a file");
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new TensorFileException(path, "the file's size", "0 bytes", "the file is empty");
        var file = MappedStorage.Open(path);
        try
        {
            return read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
