namespace Trimtab.Steering;

/// <summary>All file formats of steering vectors, and conversion between them. A new format is one class and one entry here.</summary>
public static class VectorFormats
{
    /// <summary>The formats, this library's own first.</summary>
    public static IReadOnlyList<VectorFormat> All { get; } =
    [
        new TrimtabFormat(),
        new GgufFormat(),
        new PersonaFormat(),
        new RefusalDirectionFormat(),
        new LayerFilesFormat(),
        new CastFormat(),
        new AssistantAxisFormat(),
    ];

    /// <summary>The format of a name.</summary>
    /// <exception cref="VectorFormatException">There is none; the message lists them.</exception>
    public static VectorFormat Find(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new VectorFormatException($"Vector format: '{VectorFormatException.Excerpt(name)}' is not known. The formats are {string.Join(", ", All.Select(f => f.Name))}.");

    /// <summary>Reads a vector of any format.</summary>
    /// <param name="path">The file, or the folder.</param>
    /// <param name="format">The format's name; found by ending and content where null.</param>
    /// <param name="options">What the file does not say.</param>
    /// <exception cref="VectorFormatException">No format or several fit, the numbering of layers cannot be told, an option has no meaning here, or the contents are wrong.</exception>
    /// <exception cref="Tensors.Files.TensorFileException">The container is damaged.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    public static SteeringVector Import(string path, string? format = null, VectorImportOptions? options = null)
    {
        options ??= new VectorImportOptions();
        if (!Path.Exists(path))
            throw new FileNotFoundException($"Import: there is no file or folder {path}.", path);
        var found = format is null ? Detect(path, options) : Find(format);
        foreach (string option in options.Given())
            if (!found.ImportOptions.Contains(option))
                throw new VectorFormatException($"Import: the option {option} means nothing for {found.Name}. {(found.ImportOptions.Count > 0 ? $"It knows {string.Join(", ", found.ImportOptions)}." : "It needs none.")}");
        return found.Import(path, options);
    }

    /// <summary>Writes a vector in a format, whole or not at all, and says what the format had no room for.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="path">The file, or the folder, to write.</param>
    /// <param name="format">The format's name; found by the path's ending where null.</param>
    /// <param name="options">What the vector does not know.</param>
    /// <exception cref="VectorFormatException">The format cannot be written, is not told by the ending, or has room for none of the directions.</exception>
    public static VectorExportReport Export(SteeringVector vector, string path, string? format = null, VectorExportOptions? options = null)
    {
        var found = format is null ? ByExtension(path) : Find(format);
        return found.Export(vector, path, options ?? new VectorExportOptions());
    }

    /// <summary>The format of a file, by its ending and content.</summary>
    /// <exception cref="VectorFormatException">None fits, or several do.</exception>
    public static VectorFormat Detect(string path, VectorImportOptions? options = null)
    {
        var fitting = All.Where(format => format.Recognises(path, options ?? new VectorImportOptions())).ToArray();
        return fitting switch
        {
            [var only] => only,
            [] => throw new VectorFormatException($"Import: {Path.GetFileName(path)} looks like no known vector file. Name its format: {string.Join(", ", All.Select(f => f.Name))}."),
            _ => throw new VectorFormatException($"Import: {Path.GetFileName(path)} may be {string.Join(" or ", fitting.Select(f => $"{f.Name} ({f.Summary})"))}, which number layers differently. Name the format, or give the layer count if that decides."),
        };
    }

    private static VectorFormat ByExtension(string path)
    {
        var fitting = All.Where(format => format.CanExport && format.Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)).ToArray();
        return fitting is [var only]
            ? only
            : throw new VectorFormatException($"Export: the ending of {Path.GetFileName(path)} does not tell the format. Name one of {string.Join(", ", All.Where(f => f.CanExport).Select(f => f.Name))}.");
    }
}
