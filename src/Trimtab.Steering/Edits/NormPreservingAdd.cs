using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Adds a direction and gives each row its old length back: y = x + c · v, x ← y · ‖x‖/‖y‖. The row turns towards v and grows no longer, so that a large strength cannot
/// drown everything else. At strength 0 the rows come back untouched, bit for bit; a row that the sum cancels to zero stays zero.
/// </summary>
/// <param name="Direction">v.</param>
/// <param name="Strength">c, raw or as a fraction of the residual norm; negative to steer away.</param>
[Edit("norm-preserving-add")]
public sealed record NormPreservingAdd(Direction Direction, Strength Strength) : Edit
{
    // Under the root of a mean square; small enough to vanish beside every row that is not zero.
    private const float Tiny = 1e-30f;

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        var (direction, coefficient) = Direction.Scaled(Strength, at, model);
        return new Compiled(direction, coefficient);
    }

    internal static NormPreservingAdd Read(PlanMembers members)
    {
        var (direction, strength) = DirectionForm.ReadScaled(members);
        return new NormPreservingAdd(direction, strength);
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at) => DirectionForm.WriteScaled(json, Direction, Strength, at);

    private sealed class Compiled : CompiledEdit
    {
        private readonly Tensor _direction, _perRoot;
        private readonly float _coefficient;

        public Compiled(Tensor direction, float coefficient)
        {
            (_direction, _coefficient) = (direction, coefficient);
            // A root-mean-square norm with the weight 1/√D divides a row by its length.
            _perRoot = Tensor.Zeros(direction.Shape);
            _perRoot.Values.Fill(1 / MathF.Sqrt(direction.Count));
            Identity = string.Create(CultureInfo.InvariantCulture, $"norm-preserving-add {Direction.Digest(direction)} {coefficient:R}");
        }

        public override string Identity { get; }

        public override Tensor Apply(Tensor rows) => _coefficient == 0
            ? rows
            : rows.AddScaled(_direction, _coefficient).RmsNorm(_perRoot, Tiny).ScaleRows(rows.RowLength());
    }
}
