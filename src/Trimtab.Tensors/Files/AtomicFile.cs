namespace Trimtab.Tensors.Files;

/// <summary>Writes a file so that its name shows either the old content or the whole new one, never a part.</summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 20;

    /// <summary>Writes to a temporary name in the same folder, flushes it to the disk and renames it. A folder that is not there is made.</summary>
    /// <exception cref="IOException">The file cannot be made; the message names it, and not the temporary name.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string ending = $".{Path.GetRandomFileName()}.tmp", temporary = path + ending;
        var stream = Create(path, ending);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The same for a text, in UTF-8 without a mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static FileStream Create(string path, string ending)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            return new FileStream(path + ending, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: it cannot be written — {e.Message.Replace(ending, "", StringComparison.Ordinal)}", e);
        }
    }

    /// <summary>Writes all elements of a tensor as they are stored.</summary>
    internal static void Write(this Stream stream, Tensor tensor)
    {
        for (int row = 0; row < tensor.RowCount; row++)
            stream.Write(tensor.RowBytes(row));
    }

    /// <summary>Writes zeros, or another filler, up to a multiple of <paramref name="alignment"/> of the bytes written so far.</summary>
    internal static void Pad(this Stream stream, long written, int alignment, byte filler = 0)
    {
        for (; written % alignment != 0; written++)
            stream.WriteByte(filler);
    }
}
