using Trimtab.Steering.Sae;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>Autoencoders against the numbers of their reference implementations, read from every file there is of them, and again after they were written.</summary>
public sealed class SaeGoldenTests
{
    private const float Tolerance = 1e-5f;

    /// <summary>Folder, file or empty for the folder itself, and the format that it must be taken for.</summary>
    public static TheoryData<string, string, string> Files { get; } = new()
    {
        { "sae_topk", "", "sparsify" },
        { "sae_topk", "saelens", "saelens" },
        { "sae_jumprelu", "", "saelens" },
        { "sae_jumprelu", "params.npz", "gemma-scope" },
        { "sae_relu", "", "saelens" },
        { "sae_gated", "", "saelens" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_gives_the_reference_numbers(string folder, string file, string format)
    {
        using var copy = new TemporaryFolder();
        using var sae = Load(folder, file, copy);
        Assert.Equal(format, sae.Origin.Format);
        Compare(folder, sae);
    }

    [Theory]
    [InlineData("sae_topk", "", "saelens")]
    [InlineData("sae_topk", "saelens", "sparsify")]
    [InlineData("sae_jumprelu", "params.npz", "saelens")]
    [InlineData("sae_relu", "", "saelens")]
    [InlineData("sae_gated", "", "saelens")]
    public void What_was_written_in_another_format_gives_the_reference_numbers(string folder, string file, string format)
    {
        using var copy = new TemporaryFolder();
        using (var sae = Load(folder, file, copy))
            sae.Save(copy["written"], format);
        using var written = SparseAutoencoder.Load(copy["written"]);
        Assert.Equal(format, written.Origin.Format);
        Compare(folder, written);
    }

    [Fact]
    public void The_largest_latents_of_a_topk_autoencoder_are_the_reference_s()
    {
        using var reference = Reference("sae_topk");
        using var sae = SparseAutoencoder.Load(Path.Combine(Repository.Golden, "sae_topk"));
        var latents = sae.EncodeSparse(reference["x"]);
        var indices = reference["top_indices"].As<long>();
        for (int row = 0; row < latents.RowCount; row++)
            Assert.Equal(indices.Slice(8 * row, 8).ToArray().Order(), latents.Indices(row).ToArray().Select(index => (long)index));
    }

    [Fact]
    public void Negative_thresholds_of_the_reference_do_not_let_negative_latents_pass()
    {
        using var sae = SparseAutoencoder.Load(Path.Combine(Repository.Golden, "sae_jumprelu"));
        Assert.Equal(8, ((JumpRelu)sae.Kind).Thresholds.Values.ToArray().Count(threshold => threshold < 0));
        using var reference = Reference("sae_jumprelu");
        var latents = sae.EncodeSparse(reference["x"]);
        for (int row = 0; row < latents.RowCount; row++)
            foreach (float value in latents.Values(row))
                Assert.True(value > 0);
    }

    private static SparseAutoencoder Load(string folder, string file, TemporaryFolder copy)
    {
        string source = Path.Combine(Repository.Golden, folder);
        if (file != "saelens")
            return SparseAutoencoder.Load(Path.Combine(source, file));
        // The folder holds the other tool's files under other names.
        foreach (string name in (string[])["cfg.json", "sae_weights.safetensors"])
            copy.Write(Path.Combine("saelens", name), File.ReadAllBytes(Path.Combine(source, $"saelens_{name}")));
        return SparseAutoencoder.Load(copy["saelens"]);
    }

    private static void Compare(string folder, SparseAutoencoder sae)
    {
        using var reference = Reference(folder);
        Tensor rows = reference["x"], latents = sae.Encode(rows);
        Near.Equal(reference[sae.Kind is Gated ? "gate_pre" : "pre_acts"], RectifiedLike(folder, sae.PreActivations(rows)), Tolerance, "pre-activations");
        if (sae.Kind is Gated gated)
            Near.Equal(reference["mag_pre"].Values, Magnitudes(gated, sae.PreActivations(rows)), Tolerance, "magnitudes");
        Near.Equal(reference["latents"], latents, Tolerance, "latents");
        Assert.Equal(reference["latents"].Values.ToArray().Select(value => value != 0), latents.Values.ToArray().Select(value => value != 0));
        Near.Equal(reference["sae_out"], sae.Reconstruct(rows), Tolerance, "reconstruction");
    }

    // sparsify's pre-activations are rectified already.
    private static Tensor RectifiedLike(string folder, Tensor pre)
    {
        if (folder == "sae_topk")
            foreach (ref float value in pre.Values)
                value = Math.Max(value, 0);
        return pre;
    }

    private static float[] Magnitudes(Gated kind, Tensor pre)
    {
        float[] magnitudes = pre.Values.ToArray();
        for (int i = 0; i < magnitudes.Length; i++)
            magnitudes[i] = kind.MagnitudeOf(i % pre.Columns, magnitudes[i]);
        return magnitudes;
    }

    private static SafetensorsFile Reference(string folder) => SafetensorsFile.Open(Path.Combine(Repository.Golden, folder, "reference.safetensors"));
}
