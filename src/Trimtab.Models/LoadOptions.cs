using Trimtab.Models.Adapters;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models;

/// <summary>How a model is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>Everything as the files have it.</summary>
    public static LoadOptions Default { get; } = new();

    /// <summary>
    /// The element type that the weights of matrix products are converted to: F16, BF16, Q8_0, Q4_0 or Q4_K. Null, the default, keeps each as stored. The conversion
    /// is part of laying a weight out for products, row by row, when it is first used; there is never a second copy of the model. Routers, and weights whose rows
    /// are not whole blocks of the type, stay as they are: <see cref="LoadedModel.Quantisation"/> names them.
    /// </summary>
    /// <exception cref="ArgumentException">Another element type.</exception>
    public DType? Quantise
    {
        get;
        init => field = value is null or DType.F16 or DType.BF16 or DType.Q8_0 or DType.Q4_0 or DType.Q4_K
            ? value
            : throw new ArgumentException($"Load: weights cannot be converted to {value} on the way — expected F16, BF16, Q8_0, Q4_0 or Q4_K. Convert the file instead (ModelConverter).", nameof(value));
    }

    /// <summary>An adapter that adds to layers of the model; null for none.</summary>
    public LoraAdapter? Adapter { get; init; }

    /// <summary>What computes the runs of this model that ask for nothing else; the processor with all its cores, by default.</summary>
    public Backend Backend { get; init; } = CpuBackend.Shared;
}
