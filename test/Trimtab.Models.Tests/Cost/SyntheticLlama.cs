using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models.Tests.Loading;
using Trimtab.Tensors;

namespace Trimtab.Models.Tests.Cost;

/// <summary>A Llama of any size with random weights; layers share their tensors in memory while the file is written, so that writing a large one stays small.</summary>
internal sealed record SyntheticLlama(int Layers, int Hidden, int Intermediate, int Heads, int KeyHeads, int Vocabulary, DType Type)
{
    public ModelFolder Folder()
    {
        var random = new Random(17);
        var made = new Dictionary<(int, int), Tensor>();
        (string, Tensor) Weight(string name, int rows, int columns) =>
            (name, made.TryGetValue((rows, columns), out var known) ? known : made[(rows, columns)] = Random(rows, columns, random));
        var ones = Tensor.From([.. Enumerable.Repeat(1f, Hidden)]);
        int keys = Hidden / Heads * KeyHeads;
        var tensors = new List<(string, Tensor)> { Weight("model.embed_tokens.weight", Vocabulary, Hidden), Weight("lm_head.weight", Vocabulary, Hidden), ("model.norm.weight", ones) };
        for (int layer = 0; layer < Layers; layer++)
        {
            string block = string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}");
            tensors.AddRange([($"{block}.input_layernorm.weight", ones), ($"{block}.post_attention_layernorm.weight", ones),
                Weight($"{block}.self_attn.q_proj.weight", Hidden, Hidden), Weight($"{block}.self_attn.k_proj.weight", keys, Hidden),
                Weight($"{block}.self_attn.v_proj.weight", keys, Hidden), Weight($"{block}.self_attn.o_proj.weight", Hidden, Hidden),
                Weight($"{block}.mlp.gate_proj.weight", Intermediate, Hidden), Weight($"{block}.mlp.up_proj.weight", Intermediate, Hidden),
                Weight($"{block}.mlp.down_proj.weight", Hidden, Intermediate)]);
        }
        return new ModelFolder(Config(), tensors);
    }

    private JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"), ["hidden_size"] = Hidden, ["intermediate_size"] = Intermediate, ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads, ["num_key_value_heads"] = KeyHeads, ["vocab_size"] = Vocabulary, ["max_position_embeddings"] = 2048, ["rms_norm_eps"] = 1e-5,
    };

    private Tensor Random(int rows, int columns, Random random)
    {
        var tensor = Tensor.Zeros(new Shape(rows, columns), Type);
        float scale = 1 / MathF.Sqrt(columns);
        for (int row = 0; row < rows; row++)
        {
            var bytes = tensor.RowBytes(row);
            for (int i = 0; i < columns; i++)
            {
                float value = (float)(random.NextDouble() * 2 - 1) * scale;
                if (Type == DType.BF16)
                    BitConverter.TryWriteBytes(bytes[(2 * i)..], (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
                else
                    BitConverter.TryWriteBytes(bytes[(4 * i)..], value);
            }
        }
        return tensor;
    }
}
