using System.Reflection;
using Trimtab.Models.Gguf;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Architectures;

/// <summary>
/// A family of models: how its configuration and tensors become a <see cref="Decoder"/>. Each family is one file with the same five parts in the same order:
/// the names it goes by, its configuration, its blocks, its ends (embedding, final norm, head), and what differs in GGUF files. Registration is the attribute.
/// </summary>
public abstract class Architecture
{
    private static readonly Lazy<Dictionary<string, Architecture>> ByName = new(Register);

    /// <summary>Every architecture that this library knows, by the names in configurations ("LlamaForCausalLM").</summary>
    public static IReadOnlyDictionary<string, Architecture> All => ByName.Value;

    /// <summary>The architecture of a name from a configuration's "architectures".</summary>
    /// <exception cref="ModelFormatException">It is not known.</exception>
    public static Architecture Of(string name, string source) => ByName.Value.TryGetValue(name, out var architecture)
        ? architecture
        : throw new ModelFormatException($"{source}: the architecture {name} is not supported. Supported are {string.Join(", ", ByName.Value.Keys.Order())}.");

    /// <summary>The sizes that this family's configuration states.</summary>
    public abstract DecoderConfig ReadConfig(ConfigReader config);

    /// <summary>The computation over a checkpoint's tensors.</summary>
    public abstract Decoder Build(ConfigReader config, DecoderConfig sizes, WeightReader weights);

    /// <summary>Tensors that published checkpoints of this family carry and that have no part in the computation.</summary>
    public virtual bool MayIgnore(string tensor, DecoderConfig sizes) => tensor.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>What differs in GGUF files; null for families that have no form there.</summary>
    internal virtual GgufForm? Gguf => null;

    private static Dictionary<string, Architecture> Register()
    {
        var found = new Dictionary<string, Architecture>();
        foreach (var type in typeof(Architecture).Assembly.GetTypes())
            foreach (var attribute in type.GetCustomAttributes<ArchitectureAttribute>())
                if (!found.TryAdd(attribute.Name, (Architecture)Activator.CreateInstance(type, nonPublic: true)!))
                    throw new InvalidOperationException($"Architecture: the name {attribute.Name} is registered twice, by {found[attribute.Name].GetType().Name} and {type.Name}.");
        return found;
    }
}

/// <summary>Registers an architecture under a name that configurations give in "architectures".</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class ArchitectureAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
