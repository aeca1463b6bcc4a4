using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>A gate whose decision is taken: the same for every row.</summary>
internal sealed class SettledGate : CompiledGate
{
    private readonly float _factor;

    private SettledGate(float factor, string identity) => (_factor, Identity) = (factor, identity);

    public static SettledGate Open { get; } = new(1, "open");

    public static SettledGate Closed { get; } = new(0, "closed");

    public override string Identity { get; }

    public static SettledGate If(bool open) => open ? Open : Closed;

    public override Tensor Factors(Tensor rows)
    {
        var factors = rows.NewLike(new Shape(rows.RowCount));
        factors.Values.Fill(_factor);
        return factors;
    }
}
