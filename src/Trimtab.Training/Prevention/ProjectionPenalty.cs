using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Training.Prevention;

/// <summary>
/// A price on moving along a direction while a model is fine-tuned: the loss grows by λ · mean ((h − h₀) · v̂)², with h a row as it is trained, h₀ the same row of the model before training and
/// v̂ = v/‖v‖ (the regularisation that preventative steering is compared with, Chen et al. 2025, arXiv 2507.21509). The mean goes over the rows of the tokens that have a loss: in chats those of the answers.
/// </summary>
/// <param name="Direction">v; its length has no effect.</param>
/// <param name="At">Where the rows are read.</param>
/// <param name="Weight">λ, above 0, in nats for each squared unit of the residual stream.</param>
public sealed record ProjectionPenalty(Direction Direction, HookPoint At, double Weight)
{
    /// <summary>λ, above 0.</summary>
    public double Weight { get; init; } = Weight > 0 && double.IsFinite(Weight)
        ? Weight
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Penalty: the weight is {Weight} — it must be a number above 0. Leave the penalty away for none."), nameof(Weight));

    /// <summary>The penalty, ready for one model.</summary>
    /// <param name="before">The model before training, steered as it is trained, so that what training does is all that counts.</param>
    /// <exception cref="SteeringException">There is no direction for the hook point, its size is another, or it is zero.</exception>
    public CompiledPenalty Compile(LoadedModel before)
    {
        ArgumentNullException.ThrowIfNull(before);
        var unit = Direction.At(At, before).Keep();
        float length = TensorPrimitives.Norm<float>(unit.Values);
        if (length == 0)
            throw new SteeringException($"Penalty: the direction at {At} is zero, so nothing moves along it. Use another layer or fit the vector again.");
        TensorPrimitives.Divide(unit.Values, length, unit.Values);
        return new CompiledPenalty(before, At, unit, (float)Weight);
    }
}

/// <summary>A penalty for one model; it reads the model before training in a pass of its own, up to the hook point and without gradients.</summary>
public sealed class CompiledPenalty
{
    private readonly LoadedModel _before;
    private readonly HookPoint _at;
    private readonly Tensor _unit;
    private readonly float _weight;

    internal CompiledPenalty(LoadedModel before, HookPoint at, Tensor unit, float weight) => (_before, _at, _unit, _weight) = (before, at, unit, weight);

    /// <summary>Everything that determines it but the model.</summary>
    internal string Identity => string.Create(CultureInfo.InvariantCulture, $"penalty {_weight:R} at {_at} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(_unit.Values)))[..16]}");

    /// <summary>The penalty of a training pass over some texts, which is to be among the pass's sinks.</summary>
    /// <param name="texts">The texts of the pass.</param>
    /// <param name="tokenWeight">The weight of a token that has a loss.</param>
    /// <param name="cancellation">Ends the reading of the model before training.</param>
    internal PassPenalty Over(IReadOnlyList<LossText> texts, float tokenWeight, CancellationToken cancellation) =>
        new(_at, texts, _unit, Coordinates(texts, cancellation), _weight * tokenWeight);

    // A row depends on its own text alone, so these are the bits that any other batch would give, and a resumed run goes on to the same.
    private Tensor Coordinates(IReadOnlyList<LossText> texts, CancellationToken cancellation)
    {
        Sequence[] sequences = [.. texts.Select(text => new Sequence(text.Ids, text.PromptLength, _before.Steering))];
        var of = sequences.Zip(texts).ToDictionary(pair => pair.First, pair => pair.Second);
        var capture = new ActivationCapture([_at], (sequence, position) => PassPenalty.Counts(of[sequence], position));
        using var run = new ModelRun(_before, sequences, [capture], stopAfter: _at);
        run.Forward(LogitRows.None, cancellation: cancellation);
        return capture[_at].RowDot(_unit);
    }
}
