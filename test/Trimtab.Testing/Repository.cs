namespace Trimtab.Testing;

/// <summary>Finds the files that tests read: the checkout's own, and the shared folder that may lie beside it.</summary>
public static class Repository
{
    /// <summary>The checkout's root: the nearest folder above the test binaries that holds Trimtab.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Reference models and numbers that are part of this repository.</summary>
    public static string Golden { get; } = Path.Combine(Root, "test", "golden");

    /// <summary>The folder `shared` beside the checkout, with other people's tokenizers, templates, data and models; null where absent.</summary>
    public static string? Shared { get; } = Directory.Exists(Path.Combine(Root, "..", "shared"))
        ? Path.GetFullPath(Path.Combine(Root, "..", "shared"))
        : null;

    /// <summary>The reason to give when a test that needs <see cref="Shared"/> skips.</summary>
    public const string NoShared = "needs the folder ../shared (third-party tokenizers, templates, data), which is absent";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Trimtab.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Trimtab.slnx.");
    }
}
