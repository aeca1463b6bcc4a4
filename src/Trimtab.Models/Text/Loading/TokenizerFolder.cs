namespace Trimtab.Models.Text;

/// <summary>Finds the tokenizer in a model folder.</summary>
internal static class TokenizerFolder
{
    private const string Json = "tokenizer.json", Model = "tokenizer.model", Settings = "tokenizer_config.json";
    private const string VocabularyFile = "vocab.json", MergesFile = "merges.txt";

    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
            return LoadFile(path);
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"Tokenizer: there is no file or folder {path}.", path);
        foreach (var name in (ReadOnlySpan<string>)[Json, Model])
            if (File.Exists(Path.Combine(path, name)))
                return LoadFile(Path.Combine(path, name));
        if (File.Exists(Path.Combine(path, VocabularyFile)) && File.Exists(Path.Combine(path, MergesFile)))
            return LoadPair(path);
        throw new FileNotFoundException(
            $"Tokenizer: the folder {path} has no tokenizer; expected {Json}, {Model}, or {VocabularyFile} with {MergesFile}.",
                Path.Combine(path, Json));
    }

    /// <summary>Reads the text of a tokenizer_config.json; empty means that there is none.</summary>
    public static TokenizerConfig Config(ReadOnlyMemory<byte> json, string file) =>
        json.IsEmpty ? TokenizerConfig.None : TokenizerConfig.Read(json, file);

    private static Tokenizer LoadFile(string path)
    {
        var config = ConfigBeside(path);
        ReadOnlyMemory<byte> bytes = File.ReadAllBytes(path);
        if (Path.GetExtension(path) == ".json")
            return TokenizerJson.Read(bytes, path, config);
        return TiktokenFile.LooksLike(bytes.Span) ? TiktokenFile.Read(bytes.Span, path, config)
            : SentencePieceFile.Read(bytes.Span, path, config);
    }

    private static Tokenizer LoadPair(string folder)
    {
        var (vocabulary, merges) = (Path.Combine(folder, VocabularyFile), Path.Combine(folder, MergesFile));
        return VocabularyAndMerges.Read(File.ReadAllBytes(vocabulary), vocabulary, File.ReadLines(merges), merges,
            ConfigBeside(vocabulary));
    }

    private static TokenizerConfig ConfigBeside(string path)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Settings);
        return File.Exists(config) ? TokenizerConfig.Read(File.ReadAllBytes(config), config) : TokenizerConfig.None;
    }
}
