using System.Diagnostics.CodeAnalysis;

namespace Trimtab.Tensors.Files;

/// <summary>A dictionary: keys are texts, whole numbers or truth values; the order of insertion is kept.</summary>
public sealed class TorchDictionary : TorchValue
{
    // Made on first use: a hostile file can name millions of empty dictionaries at one byte each.
    private Dictionary<object, TorchValue>? _byKey;
    private List<KeyValuePair<TorchValue, TorchValue>>? _pairs;

    internal TorchDictionary(bool isOrdered = false) => IsOrdered = isOrdered;

    /// <summary>The pairs, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<TorchValue, TorchValue>> Pairs => _pairs ?? [];

    /// <summary>The attributes that were saved with the dictionary, such as the <c>_metadata</c> of a state dictionary; null where there are none.</summary>
    public TorchDictionary? Attributes { get; internal set; }

    /// <summary>Whether it is an OrderedDict, the only dictionary that may carry attributes.</summary>
    internal bool IsOrdered { get; }

    /// <summary>The value under a text key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TorchValue? value)
    {
        value = null;
        return _byKey?.TryGetValue(key, out value) ?? false;
    }

    /// <summary>Adds a pair; false where the key is there already or is no text, whole number or truth value.</summary>
    internal bool TryAdd(TorchValue key, TorchValue value)
    {
        object? plain = key switch { TorchText text => text.Value, TorchInteger number => number.Value, TorchBool truth => truth.Value, _ => null };
        if (plain is null || !(_byKey ??= []).TryAdd(plain, value))
            return false;
        (_pairs ??= []).Add(new(key, value));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"a dictionary of {Pairs.Count}";
}
