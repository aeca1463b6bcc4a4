using System.Globalization;
using Trimtab.Models.Architectures;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Gguf;

/// <summary>
/// The tensors of a GGUF file under the names and in the conventions of Hugging Face checkpoints, so that architectures need not know where weights come
/// from. Tensors stay views into the mapped file; those whose rows or values differ are copied when first asked for, and kept.
/// </summary>
public sealed class GgufWeights : ITensorSource
{
    private readonly GgufFile _file;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, Lazy<Tensor>> _tensors = new(StringComparer.Ordinal);

    internal GgufWeights(GgufFile file, TensorLedger ledger, GgufForm form, Architecture architecture, DecoderConfig sizes)
    {
        _file = file;
        if (sizes.LayerCount > file.Names.Count)
            throw new ModelFormatException($"{file.Describe}: {form.Name}.block_count is {sizes.LayerCount} — the file holds only {file.Names.Count} tensors.");
        foreach (var rule in form.Tensors.Where(rule => !rule.IsPerBlock))
            rule.Import(ledger, 0, sizes, Add);
        for (int block = 0; block < sizes.LayerCount; block++)
            foreach (var rule in form.Tensors.Where(rule => rule.IsPerBlock))
                rule.Import(ledger, block, sizes, Add);
        if (ledger.Left.FirstOrDefault(name => !MayIgnore(name, architecture, sizes)) is { } unknown)
            throw new ModelFormatException($"{file.Describe}: the tensor {unknown} is not understood. This model may need a feature that Trimtab lacks.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => _names;

    /// <inheritdoc/>
    public string Describe => _file.Describe;

    /// <inheritdoc/>
    public Tensor this[string name] => _tensors.TryGetValue(name, out var tensor)
        ? tensor.Value
        : throw new ModelFormatException($"{_file.Describe}: there is no tensor that stands for {name}.");

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>Unmaps the file; its tensors throw from then on.</summary>
    public void Dispose() => _file.Dispose();

    private void Add(string name, Func<Tensor> make)
    {
        if (!_tensors.TryAdd(name, new Lazy<Tensor>(make)))
            throw new ModelFormatException($"{_file.Describe}: two tensors stand for {name}.");
        _names.Add(name);
    }

    // Blocks beyond the model's own predict further tokens; a family that ignores them in checkpoints ignores them here.
    private static bool MayIgnore(string name, Architecture architecture, DecoderConfig sizes) =>
        name.Split('.') is ["blk", var number, ..] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int block) && block >= sizes.LayerCount
        && architecture.MayIgnore(string.Create(CultureInfo.InvariantCulture, $"model.layers.{block}.any"), sizes);
}
