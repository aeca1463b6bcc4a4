using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Tests.Hooks;

/// <summary>A plan of plain functions, to test the engine's side of steering alone.</summary>
internal sealed class TestSteering(params TestEdit[] edits) : ISteering
{
    public string Fingerprint { get; } = string.Join(";", edits.Select(e => e.Description));

    public IReadOnlyList<IRowEdit> Edits => edits;
}

/// <summary>An edit that is a function of rows.</summary>
internal sealed class TestEdit(HookPoint at, string name, Func<Tensor, Tensor> apply, Func<int, int, bool>? selects = null) : IRowEdit
{
    public HookPoint At => at;

    public string Description => $"{name} at {at}";

    public bool Selects(int position, int promptLength) => selects?.Invoke(position, promptLength) ?? true;

    public Tensor Apply(Tensor rows) => apply(rows);

    /// <summary>Stretches every value and shifts it by a fixed pattern: changes each row, also after a norm.</summary>
    public static TestEdit Disturb(HookPoint at, Func<int, int, bool>? selects = null) => new(at, "disturb", rows =>
    {
        var y = rows.Scale(1.25f);
        for (int row = 0; row < y.RowCount; row++)
            for (int i = 0; i < y.Columns; i++)
                y.Row(row)[i] += 0.25f * MathF.Sin(i + 1);
        return y;
    }, selects);

    public static TestEdit Scale(HookPoint at, float factor) => new(at, $"scale by {factor}", rows => rows.Scale(factor));
}
