using System.Text.Json;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering.Tests.Vectors;

/// <summary>Vectors and records to test with. Direction k holds the values 10·k + i + 0.25, so that a shift by one layer cannot go unseen.</summary>
internal static class SomeVector
{
    public const int Size = 4;

    public static Provenance Provenance { get; } = new()
    {
        ModelName = "Tiny-3",
        Architecture = "Qwen2ForCausalLM",
        ModelFingerprint = "0123456789abcdef",
        HiddenSize = Size,
        LayerCount = 3,
        Method = "mean-difference",
        MethodOptions = JsonElement.Parse("""{"tokens":"mean-of-response","trim":0.35}"""),
        DataHash = "feed",
        ExampleCount = 12,
        TokenRule = "mean of response",
        ResidualNorms = new Dictionary<string, double> { ["blocks.1.resid_post"] = 2.5, ["blocks.0.resid_post"] = 0.1 },
        Seed = 7,
        CreatedBy = "Ümläut & <tests>",
    };

    public static float[] Values(int k, int size = Size) => [.. Enumerable.Range(0, size).Select(i => 10 * k + i + 0.25f)];

    public static Tensor Direction(int k, int size = Size) => Tensor.From(Values(k, size));

    /// <summary>blocks.l.resid_post of a model of three blocks holds direction l.</summary>
    public static SteeringVector OfLayers(params int[] layers) =>
        SteeringVector.FromDirections(layers.Select(l => (HookPoint.ResidPost(l), Direction(l))), Provenance, "some");
}
