using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Weights;

namespace Trimtab.Steering.Sae;

/// <summary>A file format of sparse autoencoders: its own description, and the code that reads and perhaps writes it. <see cref="SaeFormats"/> lists them all.</summary>
public abstract class SaeFormat
{
    private protected SaeFormat() { }

    /// <summary>The name that commands use.</summary>
    public abstract string Name { get; }

    /// <summary>What the format is and who writes it, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>Whether autoencoders can be written in it. All formats can be read.</summary>
    public virtual bool CanWrite => false;

    /// <summary>The load options that mean something here.</summary>
    internal virtual IReadOnlyList<string> Options => [];

    /// <summary>The folder or file to read for a path that was given, or null where it is not of this format.</summary>
    internal abstract string? Find(string path);

    internal abstract SparseAutoencoder Read(string path, SaeLoadOptions options);

    internal virtual void Write(SparseAutoencoder sae, string folder) =>
        throw new ModelFormatException($"Sparse autoencoder: {Name} can be read but not written. Formats that can be written: {string.Join(", ", SaeFormats.All.Where(f => f.CanWrite).Select(f => f.Name))}.");

    /// <summary>An error about what the format cannot express.</summary>
    private protected ModelFormatException CannotHold(string what) => new($"Sparse autoencoder: {Name} has no place for {what}. Choose another format.");

    /// <summary>The folder itself, or the folder of a file, if all of the given files are in it.</summary>
    private protected static string? FolderWith(string path, params ReadOnlySpan<string> files)
    {
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(path) && !files.Contains(Path.GetFileName(path)))
            return null;
        foreach (string file in files)
            if (!File.Exists(Path.Combine(folder, file)))
                return null;
        return folder;
    }

    /// <summary>A configuration of which every key must be read, or be among those that are known to change nothing in use.</summary>
    private protected static ConfigReader Config(string path, IEnumerable<string> harmless)
    {
        var config = new ConfigReader(JsonObject.Create(JsonFile.ReadObject(path))!, Path.GetFileName(path), allowNeutral: false);
        Skip(config, harmless);
        return config;
    }

    private protected static void Skip(ConfigReader config, IEnumerable<string> harmless)
    {
        foreach (string key in harmless)
            config.Node(key);
    }

    private protected static string? Text(ConfigReader config, string key) => config.Has(key) ? config.Text(key, "") : null;

    private protected static int? Whole(ConfigReader config, string key) => config.Has(key) ? config.Int(key) : null;
}
