using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Replaces a row's part in a small subspace by a learned one: x ← x + Rᵀ (W x + b − R x), where the r rows of R are orthonormal (LoReFT, Wu et al. 2024, arXiv
/// 2404.03592, eq. 2). What is at right angles to R stays. With W = R and b = 0 the rows come back untouched, bit for bit.
/// </summary>
[Edit("low-rank")]
public sealed record LowRank : Edit
{
    private const float OrthonormalTolerance = 1e-3f;

    private static readonly string[] Parts = ["rotation", "weight", "bias"];

    /// <summary>The edit of some values.</summary>
    /// <param name="rotation">R [r, D].</param>
    /// <param name="weight">W [r, D].</param>
    /// <param name="bias">b [r].</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, the rows of R are not orthonormal, or R is trained and would not stay so.</exception>
    public LowRank(Tensor rotation, Tensor weight, Tensor bias)
    {
        if (rotation.Shape.Rank != 2 || weight.Shape != rotation.Shape || bias.Shape != new Shape(rotation.Shape[0]))
            throw new ArgumentException($"Low rank: rotation {rotation}, weight {weight} and bias {bias} do not fit — [r, D], [r, D] and [r] are needed.", nameof(rotation));
        if (rotation.WantsGradient)
            throw new ArgumentException("Low rank: the rotation is trained — its rows would not stay orthonormal. Train weight and bias, and keep the rotation.", nameof(rotation));
        RequireOrthonormal(rotation);
        (Rotation, Weight, Bias) = (rotation, weight, bias);
    }

    /// <summary>R [r, D], with orthonormal rows.</summary>
    public Tensor Rotation { get; }

    /// <summary>W [r, D].</summary>
    public Tensor Weight { get; }

    /// <summary>b [r].</summary>
    public Tensor Bias { get; }

    /// <summary>The file that the values came from, as a plan names it; null for values that were never saved.</summary>
    public string? File { get; init; }

    /// <summary>Reads a safetensors file with exactly the tensors `rotation` [r, D], `weight` [r, D] and `bias` [r].</summary>
    /// <exception cref="FormatException">The file holds something else, or the rows of R are not orthonormal.</exception>
    public static LowRank Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Names.Order(StringComparer.Ordinal).SequenceEqual(Parts.Order(StringComparer.Ordinal)))
            throw new FormatException($"{path}: it holds {string.Join(", ", file.Names)} — exactly {string.Join(", ", Parts)} are needed.");
        try
        {
            return new LowRank(TensorOps.Dequantise(file[Parts[0]]), TensorOps.Dequantise(file[Parts[1]]), TensorOps.Dequantise(file[Parts[2]]));
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        int width = model.WidthAt(at);
        return Rotation.Columns == width
            ? new Compiled(Rotation, Weight, Bias)
            : throw new SteeringException($"Low rank: the rotation {Rotation} does not fit {at} of {model.Name}, whose rows have {(width == 0 ? "no fixed width" : $"{width} values")}.");
    }

    internal static LowRank Read(PlanMembers members)
    {
        if (members.Has("file"))
            return Load(members.ExistingFile("file")) with { File = members.Text("file") };
        Tensor rotation = members.Matrix(Parts[0]), weight = members.Matrix(Parts[1]), bias = Tensor.From(members.Numbers(Parts[2]));
        return members.Made(Parts[0], () => new LowRank(rotation, weight, bias));
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        if (File is not null)
        {
            json["file"] = File;
            return;
        }
        (json[Parts[0]], json[Parts[1]], json[Parts[2]]) = (DirectionForm.Rows(Rotation), DirectionForm.Rows(Weight), DirectionForm.Numbers(Bias.Values));
    }

    private static void RequireOrthonormal(Tensor rotation)
    {
        for (int i = 0; i < rotation.RowCount; i++)
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int k = 0; k < rotation.Columns; k++)
                    dot += (double)rotation.Row(i)[k] * rotation.Row(j)[k];
                if (!(Math.Abs(dot - (i == j ? 1 : 0)) <= OrthonormalTolerance))
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Low rank: the rows of the rotation are not orthonormal — row {i} · row {j} is {dot:G4}, expected {(i == j ? 1 : 0)}."), nameof(rotation));
            }
    }

    private sealed class Compiled(Tensor rotation, Tensor weight, Tensor bias) : CompiledEdit
    {
        // What is trained begins at the identity and leaves it, and gets its gradient there as well.
        private readonly bool _isIdentity = !weight.WantsGradient && !bias.WantsGradient && weight.Values.SequenceEqual(rotation.Values) && !bias.Values.ContainsAnyExcept(0f);

        public override string Identity { get; } = $"low-rank {Direction.Digest(rotation)} {Direction.Digest(weight)} {Direction.Digest(bias)}";

        public override Tensor Apply(Tensor rows) => _isIdentity
            ? rows
            : rows.Add(rows.MatMul(weight, bias).Add(rows.MatMul(rotation).Scale(-1)).MatMulUntransposed(rotation));
    }
}
