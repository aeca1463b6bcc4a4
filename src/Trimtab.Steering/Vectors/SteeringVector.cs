using System.Numerics.Tensors;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Directions in a model's activations, one per hook point, all of one size and finite, with the record of where they come from. Immutable: the directions are copied
/// in, and must not be written to.
/// </summary>
public sealed class SteeringVector
{
    private readonly OrderedDictionary<HookPoint, Tensor> _directions;

    private SteeringVector(string name, OrderedDictionary<HookPoint, Tensor> directions, Provenance provenance) =>
        (Name, _directions, Provenance, Dimension) = (name, directions, provenance, directions.GetAt(0).Value.Columns);

    /// <summary>What messages call it: its file's name, or the name or method it was made with.</summary>
    public string Name { get; }

    /// <summary>Where it comes from.</summary>
    public Provenance Provenance { get; }

    /// <summary>D, the size of every direction.</summary>
    public int Dimension { get; }

    /// <summary>The hook points that have a direction, in the order of the model's depth.</summary>
    public IReadOnlyList<HookPoint> HookPoints => _directions.Keys;

    /// <summary>The layers l with a direction at <c>blocks.l.resid_post</c>, ascending.</summary>
    public IEnumerable<int> Layers => HookPoints.Where(point => point.Site == Site.ResidPost).Select(point => point.Layer);

    /// <summary>The direction at a hook point, [D] F32.</summary>
    /// <exception cref="SteeringException">There is none; the message names those there are.</exception>
    public Tensor this[HookPoint point] => _directions.TryGetValue(point, out var direction)
        ? direction
        : throw new SteeringException($"SteeringVector: {Name} has no direction at {point}. It has {string.Join(", ", HookPoints)}.");

    /// <summary>Makes a vector of directions [D] F32, which are copied.</summary>
    /// <param name="directions">At least one; no hook point twice.</param>
    /// <param name="provenance">Where they come from.</param>
    /// <param name="name">What messages call it; the method, where not given.</param>
    /// <exception cref="VectorFormatException">No direction, one twice, mixed sizes, another element type, a value that is not finite, or an incomplete provenance.</exception>
    public static SteeringVector FromDirections(IEnumerable<(HookPoint Point, Tensor Direction)> directions, Provenance provenance, string? name = null)
    {
        name ??= provenance.Method ?? provenance.ImportedFrom?.File ?? "vector";
        if (provenance.Problem() is { } problem)
            throw new VectorFormatException($"{name}: the provenance cannot be right — {problem}.");
        var checkedDirections = new OrderedDictionary<HookPoint, Tensor>();
        foreach (var (point, direction) in directions.OrderBy(pair => VectorPoints.Depth(pair.Point)))
        {
            int size = checkedDirections.Count > 0 ? checkedDirections.GetAt(0).Value.Columns : direction.Columns;
            Check(name, point, direction, size, provenance);
            if (!checkedDirections.TryAdd(point, direction.Keep()))
                throw new VectorFormatException(name, $"the direction at {point}", "given twice", "expected one per hook point");
        }
        return checkedDirections.Count > 0
            ? new SteeringVector(name, checkedDirections, provenance)
            : throw new VectorFormatException($"{name}: there is no direction — a vector has at least one.");
    }

    /// <summary>Reads a vector file: safetensors with the tensors named by their hook points, and format, version and provenance as metadata.</summary>
    /// <exception cref="VectorFormatException">The file is not of this format or version, or does not hold a valid vector.</exception>
    /// <exception cref="Tensors.Files.TensorFileException">The file is truncated or no safetensors file.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static SteeringVector Load(string path) => VectorFile.Load(path);

    /// <summary>Writes a vector file, whole or not at all. The same vector always gives the same bytes.</summary>
    public void Save(string path) => VectorFile.Save(this, path);

    /// <summary>Whether there is a direction at the hook point.</summary>
    public bool Has(HookPoint point) => _directions.ContainsKey(point);

    /// <summary>‖v‖, the Euclidean length of the direction at a hook point.</summary>
    public float Norm(HookPoint point) => TensorPrimitives.Norm(this[point].Values);

    /// <summary>A control: at every hook point a direction of the same length, drawn from the seed. What a push of this size does, whatever its direction, it does as well.</summary>
    public SteeringVector RandomLike(int seed)
    {
        var random = new Random(seed);
        return Map(FormattableString.Invariant($"random directions of the same lengths, seed {seed}"), (point, values) =>
        {
            foreach (ref float value in values)
                value = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
            TensorPrimitives.Multiply(values, Norm(point) / TensorPrimitives.Norm<float>(values), values);
        });
    }

    /// <summary>v / ‖v‖ at every hook point.</summary>
    /// <exception cref="SteeringException">A direction is zero, so it points nowhere, or too long for its length to be an F32.</exception>
    public SteeringVector Normalised() => Map("normalised", (point, values) =>
    {
        float norm = Norm(point);
        if (norm == 0 || !float.IsFinite(norm))
            throw new SteeringException($"Normalise: {Name} has length {norm} at {point}, so no unit direction can be told from it. Leave this hook point away.");
        TensorPrimitives.Divide(values, norm, values);
    });

    /// <summary>factor · v at every hook point.</summary>
    /// <exception cref="VectorFormatException">The factor is not finite, or a value leaves the range of F32.</exception>
    public SteeringVector Scaled(float factor) => Map(FormattableString.Invariant($"scaled by {factor:R}"), (_, values) => TensorPrimitives.Multiply(values, factor, values));

    /// <summary>The same vector with the directions at these hook points only.</summary>
    /// <exception cref="SteeringException">There is no direction at one of them.</exception>
    public SteeringVector Only(params IEnumerable<HookPoint> points) => FromDirections(points.Select(point => (point, this[point])), Provenance, Name);

    /// <summary>Name, size and hook points.</summary>
    public override string ToString() => $"{Name}: {HookPoints.Count} directions [{Dimension}], {HookPoints[0]}{(HookPoints.Count > 1 ? $" … {HookPoints[^1]}" : "")}";

    private SteeringVector Map(string step, Action<HookPoint, Span<float>> change)
    {
        var changed = new List<(HookPoint, Tensor)>(_directions.Count);
        foreach (var (point, direction) in _directions)
        {
            var copy = direction.Keep();
            change(point, copy.Values);
            changed.Add((point, copy));
        }
        return FromDirections(changed, Provenance.WithStep(step), Name);
    }

    private static void Check(string name, HookPoint point, Tensor direction, int size, Provenance provenance)
    {
        if (direction.DType != DType.F32 || direction.Shape.Rank != 1 || direction.Columns == 0)
            throw new VectorFormatException(name, $"the direction at {point}", direction, "expected one axis of F32 values");
        if (direction.Columns != size)
            throw new VectorFormatException(name, $"the size of the direction at {point}", direction.Columns, $"the others have {size}");
        if (VectorPoints.IsResidualWide(point.Site) && provenance.HiddenSize is { } hidden && hidden != size)
            throw new VectorFormatException(name, $"the size of the direction at {point}", size, $"its provenance names a model of hidden size {hidden}");
        if (provenance.LayerCount <= point.Layer)
            throw new VectorFormatException(name, "a hook point", point, $"its provenance names a model of {provenance.LayerCount} blocks, 0 … {provenance.LayerCount - 1}");
        foreach (float value in direction.Values)
            if (!float.IsFinite(value))
                throw new VectorFormatException(name, $"a value of the direction at {point}", value, "expected finite numbers; the fit or the file is broken");
    }
}
