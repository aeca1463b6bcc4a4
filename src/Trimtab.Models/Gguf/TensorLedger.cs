using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Gguf;

/// <summary>Tensors by name, with a note of which were taken, so that those which no rule knows can be refused.</summary>
/// <param name="source">The tensors.</param>
/// <param name="prefix">A prefix that the source may leave away.</param>
internal sealed class TensorLedger(ITensorSource source, string prefix = "")
{
    private readonly HashSet<string> _taken = [];

    /// <summary>The file, for messages.</summary>
    public string Describe => source.Describe;

    /// <summary>All names as the source spells them.</summary>
    public IReadOnlyList<string> Names => source.Names;

    /// <summary>The names that were not taken.</summary>
    public IEnumerable<string> Left => source.Names.Where(name => !_taken.Contains(name));

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => source.Contains(Spelled(name));

    /// <summary>The tensor, which counts as understood from now on, or null where there is none.</summary>
    public Tensor? TakeIfPresent(string name) => Has(name) ? Take(name) : null;

    /// <summary>The tensor, which must be there; it counts as understood from now on.</summary>
    public Tensor Take(string name)
    {
        var tensor = Look(name);
        _taken.Add(Spelled(name));
        return tensor;
    }

    /// <summary>The tensor, which must be there.</summary>
    public Tensor Look(string name)
    {
        string spelled = Spelled(name);
        return source.Contains(spelled)
            ? source[spelled]
            : throw new ModelFormatException($"{source.Describe}: the tensor {spelled} is missing, and this architecture needs it.");
    }

    private string Spelled(string name) =>
        prefix.Length > 0 && name.StartsWith(prefix, StringComparison.Ordinal) && !source.Contains(name) ? name[prefix.Length..] : name;
}
