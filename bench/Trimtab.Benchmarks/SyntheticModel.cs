using Trimtab.Models;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Benchmarks;

/// <summary>Four blocks with the sizes of Qwen2.5-0.5B and a small vocabulary, of random weights, written to a folder and loaded as any checkpoint is.</summary>
internal sealed class SyntheticModel : IDisposable
{
    private const int Layers = 4, Width = 896, KeyWidth = 128, Hidden = 4864, Vocabulary = 8192;

    private const string Config = """
        { "architectures": ["LlamaForCausalLM"], "hidden_size": 896, "num_hidden_layers": 4, "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864,
          "vocab_size": 8192, "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "hidden_act": "silu", "rope_theta": 1000000.0, "tie_word_embeddings": true }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-bench-");

    public SyntheticModel(DType type)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "config.json"), Config);
        SafetensorsFile.Write(Path.Combine(_folder.FullName, "model.safetensors"), Weights(type));
        Model = ModelLoader.Load(_folder.FullName);
    }

    /// <summary>The weights that one token multiplies with: all matrices, the tied head once.</summary>
    public static long WeightCount => Layers * (2L * Width * Width + 2L * Width * KeyWidth + 3L * Width * Hidden) + (long)Vocabulary * Width;

    public LoadedModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        _folder.Delete(recursive: true);
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Weights(DType type)
    {
        int seed = 0;
        (string, Tensor) Matrix(string name, int outputs, int inputs) => (name, RandomTensors.Weight(++seed, outputs, inputs, type));
        (string, Tensor) Norm(string name) => (name, Tensor.From(Enumerable.Repeat(1f, Width).ToArray()));
        yield return Matrix("model.embed_tokens.weight", Vocabulary, Width);
        yield return Norm("model.norm.weight");
        for (int layer = 0; layer < Layers; layer++)
        {
            string block = $"model.layers.{layer}";
            yield return Norm($"{block}.input_layernorm.weight");
            yield return Norm($"{block}.post_attention_layernorm.weight");
            foreach (var (name, outputs, inputs) in ((string, int, int)[])[("self_attn.q_proj", Width, Width), ("self_attn.k_proj", KeyWidth, Width), ("self_attn.v_proj", KeyWidth, Width),
                ("self_attn.o_proj", Width, Width), ("mlp.gate_proj", Hidden, Width), ("mlp.up_proj", Hidden, Width), ("mlp.down_proj", Width, Hidden)])
                yield return Matrix($"{block}.{name}.weight", outputs, inputs);
        }
    }
}
