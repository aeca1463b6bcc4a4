using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>Gates that must all open: the product of their factors.</summary>
internal sealed class Conjunction(CompiledGate[] gates) : CompiledGate
{
    public override string Identity => $"all({string.Join(", ", gates.Select(gate => gate.Identity))})";

    public override IEnumerable<HookPoint> ReadPoints => gates.SelectMany(gate => gate.ReadPoints);

    // Every gate is asked even where the first has decided already: whoever reads the reasons wants all of them.
    internal override CompiledGate Decide(Func<HookPoint, Tensor> promptRows, ICollection<GateScore> scores)
    {
        CompiledGate[] left = [.. gates.Select(gate => gate.Decide(promptRows, scores)).ToArray().Where(gate => gate != SettledGate.Open)];
        return left.Contains(SettledGate.Closed) ? SettledGate.Closed : left.Length switch { 0 => SettledGate.Open, 1 => left[0], _ => new Conjunction(left) };
    }

    public override Tensor Factors(Tensor rows) => gates.Select(gate => gate.Factors(rows)).Aggregate((product, factors) => product.Multiply(factors));
}

/// <summary>The opposite of a gate: 1 less its factor.</summary>
internal sealed class Negation(CompiledGate gate) : CompiledGate
{
    public override string Identity => $"not({gate.Identity})";

    public override IEnumerable<HookPoint> ReadPoints => gate.ReadPoints;

    internal override CompiledGate Decide(Func<HookPoint, Tensor> promptRows, ICollection<GateScore> scores)
    {
        var left = gate.Decide(promptRows, scores);
        return left is SettledGate ? SettledGate.If(left == SettledGate.Closed) : new Negation(left);
    }

    public override Tensor Factors(Tensor rows) => gate.Factors(rows).Scale(-1).Add(1);
}

/// <summary>The member "gates" of a combination.</summary>
internal static class GateLists
{
    public static ImmutableArray<Gate> Checked(ImmutableArray<Gate> gates) =>
        gates.IsDefaultOrEmpty ? throw new ArgumentException("Gate: there are no gates to combine — at least one gate is needed.", nameof(gates)) : gates;

    public static JsonArray Write(ImmutableArray<Gate> gates, IReadOnlyList<HookPoint> at) => new([.. gates.Select(gate => (JsonNode)gate.ToJson(at))]);
}
