namespace Trimtab.Tensors.Files;

/// <summary>Writes a file so that its name shows either the old content or the whole new one, never a part.</summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 20;

    /// <summary>Writes to a temporary name in the same folder, flushes it to the disk and renames it.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize))
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
