using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Cli;

/// <summary>Finds the tokenizer that a path means, without opening a model's weights where that is not needed.</summary>
internal static class TokenizerFiles
{
    public static Tokenizer Load(string path)
    {
        if (Directory.Exists(path) || !path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            return Tokenizer.Load(path);
        using var file = Trimtab.Tensors.Files.GgufFile.Open(path);
        return Tokenizer.FromGguf(file.Metadata, path);
    }
}
