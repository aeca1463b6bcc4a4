using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Weights;

/// <summary>All weights of a model as <see cref="Parameter"/>s, under their Hugging Face names: copies in F32, to be trained.</summary>
public sealed class TrainedWeights : ITensorSource
{
    private readonly Dictionary<string, Parameter> _parameters;

    private TrainedWeights(IEnumerable<Parameter> parameters)
    {
        Parameters = [.. parameters];
        _parameters = Parameters.ToDictionary(parameter => parameter.Name);
    }

    /// <summary>The weights, in the order of the files.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. Parameters.Select(parameter => parameter.Name)];

    /// <inheritdoc/>
    public string Describe => $"{Parameters.Count} trained weights";

    /// <inheritdoc/>
    public Tensor this[string name] => _parameters.TryGetValue(name, out var parameter)
        ? parameter.Value
        : throw new TensorFileException($"Trained weights: there is none named {name}.");

    /// <summary>Copies of the weights of a model.</summary>
    public static TrainedWeights Of(LoadedModel model) =>
        new(model.Weights.Names.Select(name => new Parameter(name, TensorOps.Dequantise(model.Weights[name]))));

    /// <inheritdoc/>
    public bool Contains(string name) => _parameters.ContainsKey(name);

    /// <summary>Nothing to give back: the memory is the garbage collector's.</summary>
    public void Dispose()
    {
    }
}
