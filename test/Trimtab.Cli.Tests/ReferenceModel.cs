using Trimtab.Testing;

namespace Trimtab.Cli.Tests;

/// <summary>A golden model as commands see it: a folder and lists of ids.</summary>
internal static class ReferenceModel
{
    /// <summary>The folder of a golden model.</summary>
    public static string Folder(string name) => Path.Combine(Repository.Golden, name);

    /// <summary>A text of a golden model as `--ids` takes it.</summary>
    public static string Ids(string name, string text) => string.Join(',', GoldenModel.Of(name).Ids($"{text}.input_ids"));
}
