using Trimtab.Models;
using Trimtab.Models.Gguf;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Benchmarks.Models;

/// <summary>
/// Writes a model of a published shape with random weights: as fast and as slow as the real one, and anybody may have it. Weights are normal with deviation 0.02,
/// norms are ones; seed and shape determine every byte.
/// </summary>
internal static class RandomModel
{
    private const float Deviation = 0.02f;

    /// <summary>Writes a Hugging Face folder, or a GGUF file where the path ends in .gguf.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="path">The folder or file.</param>
    /// <param name="type">The element type of the matrices; block types are for GGUF files.</param>
    /// <param name="seed">Another seed, other weights.</param>
    /// <returns>What a reader should know of the file; see <see cref="ConversionReport.Notes"/>.</returns>
    public static IReadOnlyList<string> Write(ModelShape shape, string path, DType type, int seed = 1)
    {
        if (!path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            WriteFolder(shape, path, type, seed);
            return [];
        }
        // Beside the file, which may be larger than the folder for temporary files allows.
        string folder = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            WriteFolder(shape, folder, type.IsFloat() ? type : DType.BF16, seed);
            using var model = ModelLoader.Load(folder);
            return ModelConverter.ToGguf(model, path, new ConversionOptions { Type = type, Name = shape.Name }).Notes;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteFolder(ModelShape shape, string folder, DType type, int seed)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), shape.Config().ToJsonString() + "\n");
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), Tensors(shape, type, new NormalValues(seed, Deviation)));
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(ModelShape shape, DType type, NormalValues values)
    {
        int index = 0;
        foreach (var (name, outputs, inputs) in shape.Matrices)
            yield return (name, Matrix(outputs, inputs, type, values, index++));
        foreach (var (name, size, isNorm) in shape.Vectors)
            yield return (name, isNorm ? Tensor.From(Enumerable.Repeat(1f, size).ToArray()) : Matrix(1, size, DType.F32, values, index++).Reshape(new Shape(size)));
    }

    private static Tensor Matrix(int outputs, int inputs, DType type, NormalValues values, int index)
    {
        var matrix = Tensor.Zeros(new Shape(outputs, inputs), type);
        Parallel.For(0, outputs, () => new float[inputs], (row, _, buffer) =>
        {
            // Keys of a row are consecutive: rows lie far apart, matrices farther.
            values.Fill((ulong)index << 40 | (ulong)row << 16, buffer);
            RowEncoder.Encode(type, buffer, matrix.RowBytes(row));
            return buffer;
        }, static _ => { });
        return matrix;
    }
}
