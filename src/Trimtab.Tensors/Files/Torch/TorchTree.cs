namespace Trimtab.Tensors.Files;

/// <summary>
/// Checks that what a pickle left is a tree of data (no cycle, no bare class or callable, bounded depth) and gives its tensors names: keys and indices
/// joined by dots, so that a state dictionary has its own names.
/// </summary>
internal sealed class TorchTree(string path)
{
    private const int Deepest = 100;
    // Shared branches multiply names, not values: thirty lists that each hold the next one twice would have a thousand million.
    private const int MostVisits = 8_000_000;

    private const int MostTensors = 1_000_000;
    private const int LongestName = 4096;

    private readonly Dictionary<string, TorchTensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly List<object> _place = [];
    private int _visits;

    public IReadOnlyList<string> Names => _names;

    public IReadOnlyDictionary<string, TorchTensor> Tensors => _tensors;

    /// <summary>Walks the value. A cycle is a path without end, so the limit on depth finds it, and the name tells where it runs.</summary>
    public void Visit(TorchValue value)
    {
        if (++_visits > MostVisits)
            throw new TensorFileException(path, "the number of values", $"more than {MostVisits}", "the file's lists refer to each other over and over");
        if (_place.Count > Deepest)
            throw new TensorFileException(path, $"the value '{Place()}'", "cyclic or too deep", $"values may be nested {Deepest} deep");
        switch (value)
        {
            case TorchTensor tensor: Add(tensor); break;
            case TorchSequence sequence: VisitItems(sequence); break;
            case TorchDictionary dictionary: VisitPairs(dictionary); break;
            case TorchCallable or TorchStorageClass or TorchStorageReference:
                throw new TensorFileException(path, $"the value '{Place()}'", value, "expected data: a bare class, callable or storage is not read");
        }
    }

    private void VisitItems(TorchSequence sequence)
    {
        for (int i = 0; i < sequence.Items.Count; i++)
            VisitAt(i, sequence.Items[i]);
    }

    private void VisitPairs(TorchDictionary dictionary)
    {
        foreach (var (key, item) in dictionary.Pairs)
            VisitAt(key, item);
        if (dictionary.Attributes is { } attributes)
            VisitAt("__dict__", attributes);
    }

    private void VisitAt(object key, TorchValue item)
    {
        _place.Add(key);
        Visit(item);
        _place.RemoveAt(_place.Count - 1);
    }

    private void Add(TorchTensor tensor)
    {
        int length = _place.Sum(key => key is TorchText text ? text.Value.Length + 1 : 1);
        if (length > LongestName || _names.Count == MostTensors)
            throw new TensorFileException(path, "the name of a tensor", $"{length} characters, the {_names.Count + 1}th",
                $"at most {MostTensors} names of {LongestName} characters are read");
        string name = Place();
        if (!_tensors.TryAdd(name, tensor))
            throw new TensorFileException(path, $"tensor '{name}'", "given twice", "two places of the file have the same name when joined by dots");
        _names.Add(name);
    }

    private string Place() => string.Join('.', _place.Select(key => key is TorchText text ? Short(text.Value) : key.ToString()));

    private static string Short(string key) => key.Length <= LongestName ? key : key[..LongestName];
}
