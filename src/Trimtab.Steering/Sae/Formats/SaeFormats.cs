using Trimtab.Models;

namespace Trimtab.Steering.Sae;

/// <summary>All file formats of sparse autoencoders. A new format is one class and one entry here.</summary>
public static class SaeFormats
{
    /// <summary>The formats. Of several that fit a path the first is taken.</summary>
    public static IReadOnlyList<SaeFormat> All { get; } =
    [
        new SaeLensFormat(),
        new SparsifyFormat(),
        new GemmaScopeFormat(),
        new GemmaScope2Format(),
        new LlamaScopeFormat(),
        new OpenMossFormat(),
        new DictionaryLearningFormat(),
        new QwenScopeFormat(),
    ];

    /// <summary>The format of a name.</summary>
    /// <exception cref="ModelFormatException">There is none; the message lists them.</exception>
    public static SaeFormat Named(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new ModelFormatException($"Sparse autoencoder: the format '{VectorFormatException.Excerpt(name)}' is not known. The formats are {string.Join(", ", All.Select(f => f.Name))}.");

    /// <summary>The format of a folder or file by the names of its files; null where none fits.</summary>
    public static SaeFormat? Of(string path) => All.FirstOrDefault(format => format.Find(path) is not null);

    internal static SparseAutoencoder Load(string path, SaeLoadOptions options)
    {
        if (!Path.Exists(path))
            throw new FileNotFoundException($"Sparse autoencoder: there is no file or folder {path}.", path);
        var format = (options.Format is { } name ? Named(name) : Of(path))
            ?? throw new ModelFormatException($"{path}: no format of sparse autoencoders fits the files there. Known are {string.Join("; ", All.Select(f => $"{f.Name} ({f.Summary})"))}.");
        if (options.Given().FirstOrDefault(option => !format.Options.Contains(option)) is { } foreign)
            throw new ModelFormatException($"{path}: the option {foreign} means nothing for {format.Name}, whose files say it all. Leave it away.");
        return format.Read(format.Find(path) ?? throw new ModelFormatException($"{path}: it is not of the format {format.Name} ({format.Summary})."), options);
    }
}
