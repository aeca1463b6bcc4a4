using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// An immutable list of interventions, which people can read, diff and share as a JSON file. One plan drives a generation, an evaluation arm and a
/// training run alike. Compiling it against a model checks everything that can be checked before the first token.
/// </summary>
/// <param name="Interventions">The interventions; those at one hook point apply in this order.</param>
public sealed record SteeringPlan(ImmutableArray<Intervention> Interventions)
{
    /// <summary>The plan of some interventions.</summary>
    public static SteeringPlan Of(params ReadOnlySpan<Intervention> interventions) => new([.. interventions]);

    /// <summary>The plan that changes nothing.</summary>
    public static SteeringPlan None { get; } = new([]);

    /// <summary>Reads a plan file.</summary>
    /// <exception cref="FormatException">The file is not a plan, or a member of it is not understood.</exception>
    public static SteeringPlan Load(string path) => PlanFile.Read(path);

    /// <summary>Writes a plan file. Directions that name their file (<see cref="VectorDirection.File"/>) are referred to by it; the values of others are written into the plan.</summary>
    public void Save(string path) => PlanFile.Write(this, path);

    /// <summary>The plan as <see cref="Save"/> writes it.</summary>
    public string ToJson() => PlanFile.Text(this);

    /// <summary>The plan's edits for one model.</summary>
    /// <exception cref="SteeringException">A hook point does not exist, a size does not match, or a vector was made for another model.</exception>
    public ISteering Compile(LoadedModel model) => new CompiledPlan(this, model);

    private sealed class CompiledPlan : ISteering
    {
        public CompiledPlan(SteeringPlan plan, LoadedModel model)
        {
            Edits = [.. plan.Interventions.SelectMany(i => i.At.Select(point => new PlanEdit(i, point, model)))];
            Fingerprint = Edits.Count == 0 ? "" : Digest(Edits.Cast<PlanEdit>().Select(e => e.Identity));
        }

        public string Fingerprint { get; }

        public IReadOnlyList<IRowEdit> Edits { get; }

        private static string Digest(IEnumerable<string> parts) =>
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..16];
    }

    private sealed class PlanEdit : IRowEdit
    {
        private readonly Tokens _tokens;
        private readonly CompiledEdit _edit;

        public PlanEdit(Intervention intervention, HookPoint at, LoadedModel model)
        {
            model.RequireHookPoint(at);
            (At, _tokens) = (at, intervention.Tokens);
            _edit = intervention.Edit.CompileAt(at, model);
            string name = PlanKinds<Edit>.NameOf(intervention.Edit);
            (Identity, Description) = ($"{at} {_tokens} {_edit.Identity}", $"'{name}' at {at} on tokens '{_tokens}'");
        }

        public HookPoint At { get; }

        public string Identity { get; }

        public string Description { get; }

        public bool Selects(int position, int promptLength) => _tokens.Selects(position, promptLength);

        public Tensor Apply(Tensor rows) => _edit.Apply(rows);
    }
}
