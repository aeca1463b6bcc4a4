using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>The feed-forward half of a block: reads the normed residual stream and returns what is added to it, before any post-norm.</summary>
public interface IFeedForward
{
    /// <summary>The sites inside this layer, beside MlpOut, and the widths of their rows.</summary>
    IReadOnlyDictionary<Site, int> Widths { get; }

    /// <summary>x [T, D] → [T, D].</summary>
    Tensor Forward(Tensor x, int layer, Pass pass);
}

/// <summary>down(activation(gate(x)) ⊙ up(x)): SwiGLU and GeGLU.</summary>
public sealed class GatedMlp(Linear gate, Linear up, Linear down, Activation activation) : IFeedForward
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<Site, int> Widths { get; } = new Dictionary<Site, int> { [Site.MlpHidden] = up.OutputSize };

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, int layer, Pass pass) => down.Forward(pass.At(Site.MlpHidden, layer, Hidden(x)));

    /// <summary>The same without hooks: as one expert among several.</summary>
    public Tensor Forward(Tensor x) => down.Forward(Hidden(x));

    private Tensor Hidden(Tensor x)
    {
        var (gated, hidden) = Linear.Forward(x, gate, up);
        return gated.Gate(hidden, activation);
    }
}

/// <summary>down(activation(up(x))): GPT-2 and GPT-NeoX.</summary>
public sealed class PlainMlp(Linear up, Linear down, Activation activation) : IFeedForward
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<Site, int> Widths { get; } = new Dictionary<Site, int> { [Site.MlpHidden] = up.OutputSize };

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, int layer, Pass pass) =>
        down.Forward(pass.At(Site.MlpHidden, layer, up.Forward(x).Activate(activation)));
}
