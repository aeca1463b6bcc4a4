using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class VectorCompatibilityTests
{
    private static readonly LoadedModel Model = GoldenModel.Of("qwen2").Model;
    private static readonly Provenance Fitted = Provenance.For(Model, "random");
    private static readonly int Size = Model.Config.HiddenSize;

    [Fact]
    public void A_vector_of_the_model_itself_fits() => VectorCompatibility.Require(Vector(Fitted), Model);

    [Fact]
    public void Another_size_is_refused_even_when_overridden()
    {
        var vector = Vector(Fitted with { ModelName = "Qwen2.5-1.5B", ModelFingerprint = "3f1c00112233aabb", HiddenSize = Size + 2 }, Size + 2);
        foreach (bool any in (bool[])[false, true])
            Assert.Equal($"joy.safetensors was fitted on Qwen2.5-1.5B (sha 3f1c0011…); this model is {Model.Name} (d {Size} ≠ {Size + 2}). A vector fits models of its own size only.",
                Assert.Throws<SteeringException>(() => VectorCompatibility.Require(vector, Model, any)).Message);
    }

    [Fact]
    public void Another_number_of_blocks_is_refused() =>
        Assert.Contains("blocks ≠ 99", Assert.Throws<SteeringException>(() => VectorCompatibility.Require(Vector(Fitted with { LayerCount = 99 }), Model, overrideCheck: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_weights_of_the_same_sizes_are_refused_unless_overridden()
    {
        var vector = Vector(Fitted with { ModelFingerprint = "ffffffffffffffff" });
        Assert.Contains("other weights", Assert.Throws<SteeringException>(() => VectorCompatibility.Require(vector, Model)).Message, StringComparison.Ordinal);
        VectorCompatibility.Require(vector, Model, overrideCheck: true);
    }

    [Fact]
    public void An_import_of_unknown_weights_passes_by_its_sizes_alone()
    {
        var import = new Provenance { ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.BlockOutput) };
        VectorCompatibility.Require(Vector(import), Model);
        Assert.Contains($"unknown model of size {Size + 1}", Assert.Throws<SteeringException>(() => VectorCompatibility.Require(Vector(import, Size + 1), Model)).Message, StringComparison.Ordinal);
        var deep = SteeringVector.FromDirections([(HookPoint.ResidPost(Model.LayerCount), Tensor.Zeros(new Shape(Size)))], import);
        Assert.Contains("does not exist", Assert.Throws<SteeringException>(() => VectorCompatibility.Require(deep, Model)).Message, StringComparison.Ordinal);
    }

    private static SteeringVector Vector(Provenance provenance, int? size = null) =>
        SteeringVector.FromDirections([(HookPoint.ResidPost(0), SomeVector.Direction(1, size ?? Size))], provenance, "joy.safetensors");
}
