using Trimtab.Models.Gguf;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;

namespace Trimtab.Models.Tests.Gguf;

/// <summary>Golden models as GGUF files, files changed in one place, and what models compute.</summary>
internal static class GgufFixture
{
    /// <summary>The golden models whose computation GGUF can say: all but dynamic NTK and the GPT-Neo family.</summary>
    public static TheoryNames Convertible { get; } = new(GoldenModel.Names.Select(row => (string)row[0])
        .Where(name => name is not ("llama_dynamic_ntk" or "gpt_neo")));

    public static ConversionReport Convert(string golden, string path, DType? type = DType.F32) =>
        ModelConverter.ToGguf(GoldenModel.Of(golden).Model, path, new ConversionOptions { Type = type });

    /// <summary>A golden model's GGUF file with its metadata and tensors changed, written to <paramref name="path"/>.</summary>
    public static string Changed(string golden, string path, Action<Dictionary<string, object>>? metadata = null, Action<Dictionary<string, Tensor>>? tensors = null)
    {
        Convert(golden, path + ".whole");
        using var file = GgufFile.Open(path + ".whole");
        var pairs = file.Metadata.ToDictionary();
        var entries = file.Names.ToDictionary(name => name, name => file[name]);
        metadata?.Invoke(pairs);
        tensors?.Invoke(entries);
        GgufWriter.Write(path, pairs, entries.Select(entry => (entry.Key, entry.Value)));
        return path;
    }

    /// <summary>All logits of a text, [T, V].</summary>
    public static Tensor Logits(LoadedModel model, int[] ids)
    {
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(model, [new Sequence(ids)], [capture]);
        run.Forward(LogitRows.All);
        return capture[HookPoint.Logits];
    }
}
