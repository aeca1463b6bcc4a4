using System.Diagnostics;
using Trimtab.Tensors;

namespace Trimtab.Benchmarks.Models;

/// <summary>The words <c>model SHAPE OUT --type TYPE</c> of this program.</summary>
internal static class ModelCommand
{
    private static readonly DType[] Types = [DType.F32, DType.BF16, DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K];

    private static string Usage => $"model SHAPE OUT [--type TYPE]: writes a model with random weights to a folder, or to a file OUT.gguf. SHAPE is one of {string.Join(", ", ModelShape.All.Select(s => s.Name))}; " +
        $"TYPE is one of {string.Join(", ", Types.Select(Name))}, by default bf16.";

    /// <summary>Runs the command; returns the exit code.</summary>
    public static int Run(params string[] words)
    {
        if (words is not ([_, _] or [_, _, "--type", _]) || ModelShape.All.FirstOrDefault(s => s.Name == words[0]) is not { } shape || TypeOf(words.Length == 4 ? words[3] : "bf16") is not { } type)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        var watch = Stopwatch.StartNew();
        var notes = RandomModel.Write(shape, words[1], type);
        // One for each matrix whose rows do not fit the type; they say the same.
        if (notes.Count > 0)
            Console.Error.WriteLine(notes.Count == 1 ? notes[0] : $"{notes[0]} So are {notes.Count - 1} others.");
        Console.Out.WriteLine($"{words[1]}: {shape.Name}, {Name(type)}, {shape.MatrixValues / 1e6:F0} million values in matrices, written in {watch.Elapsed.TotalSeconds:F1} s");
        return 0;
    }

    private static DType? TypeOf(string name) => Types.Select(type => (DType?)type).FirstOrDefault(type => Name(type!.Value) == name);

    private static string Name(DType type) => type.ToString().ToLowerInvariant();
}
