using Trimtab.Tensors.Files;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_that_is_not_there_is_made()
    {
        string path = Path.Combine(_folder["results"], "one", "report.html");
        AtomicFile.WriteText(path, "first");
        AtomicFile.WriteText(path, "second");
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_beside_it()
    {
        string path = _folder.Write("old.txt", "old"u8);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_named_without_the_temporary_name()
    {
        // One folder is a file; another name is longer than any file system takes.
        foreach (string path in (string[])[Path.Combine(_folder.Write("file", "x"u8), "report.html"), _folder[new string('a', 400)]])
        {
            var error = Assert.Throws<IOException>(() => AtomicFile.WriteText(path, ""));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        }
    }
}
