using System.Text.Json;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Training.Organism;

/// <summary>A model before its first step.</summary>
public static class InitialModel
{
    private const double Deviation = 0.03;

    /// <summary>
    /// Writes config.json and model.safetensors (F32) with random weights: normal, the layers that write to the residual stream smaller by √(2L), so that its size does not grow
    /// with depth (Radford et al. 2019); norms at 1.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="endToken">The token that ends a turn.</param>
    /// <param name="seed">Decides the weights.</param>
    public static void Write(string folder, OrganismShape shape, int vocabulary, int endToken, int seed)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(seed);
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), shape.Weights(vocabulary).Select(weight => (weight.Name, Initial(weight.Name, weight.Shape, shape.Layers, random))).ToList(),
            new Dictionary<string, string> { ["format"] = "pt" });
        string config = shape.Config(vocabulary, endToken, "float32").ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
    }

    private static Tensor Initial(string name, Shape shape, int layers, Random random)
    {
        var tensor = Tensor.Zeros(shape);
        if (shape.Rank == 1)
        {
            tensor.Values.Fill(1);
            return tensor;
        }
        bool writesToStream = name.Contains("o_proj", StringComparison.Ordinal) || name.Contains("down_proj", StringComparison.Ordinal) || name.Contains(".w2.", StringComparison.Ordinal);
        double deviation = writesToStream ? Deviation / Math.Sqrt(2 * layers) : Deviation;
        foreach (ref float value in tensor.Values)
            value = (float)(deviation * random.NextNormal());
        return tensor;
    }
}
