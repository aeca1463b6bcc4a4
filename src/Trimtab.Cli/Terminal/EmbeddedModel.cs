namespace Trimtab.Cli;

/// <summary>The model that comes with the program, so that every command works with nothing downloaded.</summary>
internal static class EmbeddedModel
{
    /// <summary>Pip's folder, beside the program.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "models", "pip");
}
