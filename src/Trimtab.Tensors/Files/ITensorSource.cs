namespace Trimtab.Tensors.Files;

/// <summary>
/// Tensors by name, from one weight file or a set of them. The source owns the memory: its tensors may be used until it is disposed.
/// </summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The names, in the order of the file.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>What this source is, in one line for people: file, format and how many tensors.</summary>
    string Describe { get; }

    /// <summary>Whether there is a tensor of this name.</summary>
    bool Contains(string name);

    /// <summary>
    /// The tensor of this name, in the element type it is stored in. Where the format allows it is a view into the mapped file, read when touched.
    /// </summary>
    /// <exception cref="TensorFileException">There is none of this name, or its type or number of axes is not supported.</exception>
    Tensor this[string name] { get; }
}
