using System.Text.Json.Nodes;
using Trimtab.Models.Gguf;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Gguf;

/// <summary>The conventions of llama.cpp, checked in the files themselves: order of rows, norms, stacks, and what the metadata say.</summary>
public sealed class GgufConventionTests
{
    [Fact]
    public void Query_and_key_rows_of_Llama_are_interleaved_in_the_file()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("model.gguf"));
        using var file = GgufFile.Open(folder.File("model.gguf"));
        var (queries, keys) = (GoldenModel.Of("llama").Model.Weights["model.layers.1.self_attn.q_proj.weight"], GoldenModel.Of("llama").Model.Weights["model.layers.1.self_attn.k_proj.weight"]);
        // A head of 16 rows: 0, 8, 1, 9, 2, … of the checkpoint.
        for (int head = 0; head < 4; head++)
            for (int row = 0; row < 16; row++)
                Near.Identical(queries.Row(head * 16 + row / 2 + row % 2 * 8), file["blk.1.attn_q.weight"].Row(head * 16 + row), $"query head {head} row {row}");
        for (int row = 0; row < 16; row++)
            Near.Identical(keys.Row(16 + row / 2 + row % 2 * 8), file["blk.1.attn_k.weight"].Row(16 + row), $"key head 1 row {row}");
        Near.Identical(GoldenModel.Of("llama").Model.Weights["model.layers.1.self_attn.v_proj.weight"].Values, file["blk.1.attn_v.weight"].Values, "values");
    }

    [Fact]
    public void Rows_that_were_not_interleaved_give_other_logits()
    {
        using var folder = new TemporaryFolder();
        var weights = GoldenModel.Of("llama").Model.Weights;
        string path = GgufFixture.Changed("llama", folder.File("model.gguf"), tensors: entries =>
        {
            for (int block = 0; block < 4; block++)
                entries[$"blk.{block}.attn_q.weight"] = weights[$"model.layers.{block}.self_attn.q_proj.weight"];
        });
        using var model = ModelLoader.Load(path);
        var golden = GoldenModel.Of("llama");
        var (expected, actual) = (golden.Reference("seqB.logits"), GgufFixture.Logits(model, golden.Ids("seqB.input_ids")));
        Assert.True(System.Numerics.Tensors.TensorPrimitives.Distance<float>(expected.Values, actual.Values) > 1, "the order of rows made no difference");
    }

    [Fact]
    public void Quantised_rows_are_put_back_in_order_without_being_decoded()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("model.gguf"), DType.Q8_0);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        using var file = GgufFile.Open(folder.File("model.gguf"));
        var queries = model.Weights["model.layers.0.self_attn.q_proj.weight"];
        Assert.Equal(DType.Q8_0, queries.DType);
        Assert.True(queries.RowBytes(8).SequenceEqual(file["blk.0.attn_q.weight"].RowBytes(1)));
    }

    [Fact]
    public void Tensors_are_views_into_the_file_unless_their_rows_were_moved()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("model.gguf"));
        var model = ModelLoader.Load(folder.File("model.gguf"));
        var (moved, viewed) = (model.Weights["model.layers.0.self_attn.k_proj.weight"], model.Weights["model.layers.0.self_attn.v_proj.weight"]);
        model.Dispose();
        Near.Identical(GoldenModel.Of("llama").Model.Weights["model.layers.0.self_attn.k_proj.weight"].Values, moved.Values, "keys");
        Assert.Throws<TensorException>(() => viewed.RowBytes(0).Length);
    }

    [Fact]
    public void A_file_in_single_precision_has_the_fingerprint_of_its_folder()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("model.gguf"));
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Equal(GoldenModel.Of("llama").Model.Fingerprint, model.Fingerprint);
    }

    [Fact]
    public void Another_nonlinearity_than_the_family_implies_is_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("original"));
        string config = File.ReadAllText(Path.Combine(GoldenModel.Of("llama").Folder, "config.json")).Replace("\"silu\"", "\"gelu\"", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.File("original"), "config.json"), config);
        File.Copy(Path.Combine(GoldenModel.Of("llama").Folder, "model.safetensors"), Path.Combine(folder.File("original"), "model.safetensors"));
        using var original = ModelLoader.Load(folder.File("original"));
        Assert.Contains("Gelu", Assert.Throws<ModelFormatException>(() => ModelConverter.ToGguf(original, folder.File("model.gguf"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_matrix_under_the_name_of_the_head_becomes_the_embedding()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("original"));
        var golden = GoldenModel.Of("qwen3");
        File.Copy(Path.Combine(golden.Folder, "config.json"), Path.Combine(folder.File("original"), "config.json"));
        var weights = golden.Model.Weights;
        SafetensorsFile.Write(Path.Combine(folder.File("original"), "model.safetensors"), weights.Names.Where(name => name != "lm_head.weight")
            .Select(name => (name == "model.embed_tokens.weight" ? "lm_head.weight" : name, weights[name])));
        using (var original = ModelLoader.Load(folder.File("original")))
            ModelConverter.ToGguf(original, folder.File("model.gguf"));
        Same("qwen3", folder.File("model.gguf"));
    }

    [Fact]
    public void Tokenizer_template_and_end_tokens_of_a_file_come_with_the_model()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("bare.gguf"));
        using (var bare = ModelLoader.Load(folder.File("bare.gguf")))
            Assert.Null(bare.Tokenizer);
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(3, 328).Select(id => $"▁{(char)('A' + id)}")];
        var options = new ConversionOptions
        {
            Tokenizer = new Dictionary<string, object>
            {
                ["tokenizer.ggml.model"] = "llama", ["tokenizer.ggml.tokens"] = tokens, ["tokenizer.ggml.scores"] = new float[331],
                ["tokenizer.ggml.token_type"] = (int[])[2, 3, 3, .. Enumerable.Repeat(1, 328)],
                ["tokenizer.ggml.bos_token_id"] = 1u, ["tokenizer.ggml.eos_token_id"] = 2u, ["tokenizer.ggml.eot_token_id"] = 7u,
                ["tokenizer.chat_template"] = "{{ messages[0].content }}",
            },
        };
        ModelConverter.ToGguf(GoldenModel.Of("llama").Model, folder.File("model.gguf"), options);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.NotNull(model.Tokenizer);
        Assert.NotNull(model.ChatTemplate);
        Assert.Equal([2, 7], model.GenerationDefaults.StopTokens);
    }

    [Fact]
    public void Block_types_become_brain_floats_in_a_folder()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("qwen3", folder.File("model.gguf"), DType.Q8_0);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        ModelConverter.ToFolder(model, folder.File("folder"));
        using var back = ModelLoader.Load(folder.File("folder"));
        Assert.Equal(DType.BF16, back.Weights["model.layers.0.mlp.up_proj.weight"].DType);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.File("folder"), "config.json")))!;
        Assert.Equal("qwen3", config["model_type"]!.GetValue<string>());
        Assert.Equal("bfloat16", config["torch_dtype"]!.GetValue<string>());
        Assert.Throws<ModelFormatException>(() => ModelConverter.ToFolder(model, folder.File("folder"), new ConversionOptions { Type = DType.Q8_0 }));
    }

    [Fact]
    public void Norms_of_Gemma_are_whole_in_the_file()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("gemma2", folder.File("model.gguf"));
        using var file = GgufFile.Open(folder.File("model.gguf"));
        var stored = GoldenModel.Of("gemma2").Model.Weights["model.layers.1.post_feedforward_layernorm.weight"];
        for (int i = 0; i < 64; i++)
            Assert.Equal(1 + stored.Values[i], file["blk.1.post_ffw_norm.weight"].Values[i]);
    }

    [Fact]
    public void Experts_are_views_into_one_stack_and_vectors_stay_single()
    {
        using var folder = new TemporaryFolder();
        var report = GgufFixture.Convert("qwen2_moe", folder.File("model.gguf"), DType.F16);
        using var file = GgufFile.Open(folder.File("model.gguf"));
        Assert.Equal(new Shape(6, 48, 64), file["blk.0.ffn_up_exps.weight"].Shape);
        Assert.Equal(DType.F32, file["blk.0.ffn_gate_inp.weight"].DType);
        Assert.Equal(DType.F32, file["blk.0.attn_q.bias"].DType);
        Assert.Equal(new Shape(64), file["blk.0.ffn_gate_inp_shexp.weight"].Shape);
        Assert.Contains(report.Notes, note => note.Contains("dense layers", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_with_one_tensor_for_each_expert_load_as_well()
    {
        using var folder = new TemporaryFolder();
        string path = GgufFixture.Changed("mixtral", folder.File("model.gguf"), tensors: entries =>
        {
            foreach (string name in entries.Keys.Where(name => name.EndsWith("_exps.weight", StringComparison.Ordinal)).ToList())
            {
                entries.Remove(name, out var stack);
                for (int expert = 0; expert < 4; expert++)
                    entries[name.Replace("_exps", $".{expert}", StringComparison.Ordinal)] = stack!.At(expert);
            }
        });
        Same("mixtral", path);
    }

    [Fact]
    public void Files_with_gate_and_up_in_one_stack_load_as_well()
    {
        using var folder = new TemporaryFolder();
        string path = GgufFixture.Changed("qwen3_moe", folder.File("model.gguf"), tensors: entries =>
        {
            for (int block = 0; block < 3; block++)
            {
                entries.Remove($"blk.{block}.ffn_gate_exps.weight", out var gate);
                entries.Remove($"blk.{block}.ffn_up_exps.weight", out var up);
                var both = Tensor.Zeros(new Shape(8, 80, 64));
                for (int row = 0; row < 8 * 80; row++)
                    (row % 80 < 40 ? gate! : up!).Row(row / 80 * 40 + row % 40).CopyTo(both.Row(row));
                entries[$"blk.{block}.ffn_gate_up_exps.weight"] = both;
            }
        });
        Same("qwen3_moe", path);
    }

    [Fact]
    public void Files_of_DeepSeek_from_before_the_split_load_as_well()
    {
        using var folder = new TemporaryFolder();
        var weights = GoldenModel.Of("deepseek_v3").Model.Weights;
        string path = GgufFixture.Changed("deepseek_v3", folder.File("model.gguf"), pairs =>
        {
            pairs.Remove("deepseek2.attention.key_length_mla");
            pairs.Remove("deepseek2.attention.value_length_mla");
            (pairs["deepseek2.attention.key_length"], pairs["deepseek2.attention.value_length"], pairs["deepseek2.attention.head_count_kv"]) = (32u, 20u, 4u);
        }, entries =>
        {
            for (int block = 0; block < 3; block++)
            {
                entries.Remove($"blk.{block}.attn_k_b.weight");
                entries.Remove($"blk.{block}.attn_v_b.weight");
                entries[$"blk.{block}.attn_kv_b.weight"] = weights[$"model.layers.{block}.self_attn.kv_b_proj.weight"];
            }
        });
        Same("deepseek_v3", path);
    }

    [Fact]
    public void Blocks_of_DeepSeek_that_predict_further_tokens_are_left_out()
    {
        using var folder = new TemporaryFolder();
        string path = GgufFixture.Changed("deepseek_v3", folder.File("model.gguf"), pairs =>
        {
            (pairs["deepseek2.block_count"], pairs["deepseek2.nextn_predict_layers"]) = (4u, 1u);
        }, entries =>
        {
            entries["blk.3.nextn.eh_proj.weight"] = Tensor.Zeros(new Shape(64, 128));
            entries["blk.3.attn_norm.weight"] = Tensor.Zeros(new Shape(64));
        });
        Same("deepseek_v3", path);
    }

    [Fact]
    public void The_published_stretching_of_Llama_3_is_recognised()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("original"));
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenModel.Of("llama").Folder, "config.json")))!;
        config["rope_theta"] = 500_000;
        config["rope_scaling"]!["original_max_position_embeddings"] = 8192;
        File.WriteAllText(Path.Combine(folder.File("original"), "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(GoldenModel.Of("llama").Folder, "model.safetensors"), Path.Combine(folder.File("original"), "model.safetensors"));
        using var original = ModelLoader.Load(folder.File("original"));
        ModelConverter.ToGguf(original, folder.File("model.gguf"));
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        var report = ModelConverter.ToFolder(model, folder.File("back"));
        var back = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.File("back"), "config.json")))!;
        Assert.Empty(report.Notes);
        Assert.Equal("llama3", back["rope_scaling"]!["rope_type"]!.GetValue<string>());
        Assert.Equal(8, back["rope_scaling"]!["factor"]!.GetValue<double>());
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_become_half_precision_and_are_reported()
    {
        using var folder = new TemporaryFolder();
        var report = GgufFixture.Convert("llama", folder.File("model.gguf"), DType.Q4_0);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Equal(DType.F16, model.Weights["model.layers.0.mlp.down_proj.weight"].DType);
        Assert.Equal(DType.Q4_0, model.Weights["model.layers.0.mlp.up_proj.weight"].DType);
        Assert.Equal(4, report.Notes.Count(note => note.Contains("ffn_down.weight is F16", StringComparison.Ordinal)));
        Assert.Equal(4, report.Notes.Count);
    }

    [Fact]
    public void The_origin_says_file_format_and_element_types()
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert("llama", folder.File("tiny.gguf"), DType.Q4_0);
        using var model = ModelLoader.Load(folder.File("tiny.gguf"));
        Assert.Equal("GGUF version 3", model.Origin.Format);
        Assert.Equal(folder.File("tiny.gguf"), model.Origin.Path);
        Assert.Equal([new("Q4_0", 26), new("F32", 10), new("F16", 4)], model.Origin.ElementTypes);
        Assert.Equal("llama", model.Name);
        Assert.Equal("Hugging Face folder", GoldenModel.Of("llama").Model.Origin.Format);
        Assert.Equal([new("BF16", 15), new("F32", 5), new("F16", 1)], GoldenModel.Of("llama_bf16_sharded").Model.Origin.ElementTypes);
    }

    [Fact]
    public void What_GGUF_cannot_say_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("DynamicRotary", Assert.Throws<ModelFormatException>(() => GgufFixture.Convert("llama_dynamic_ntk", folder.File("model.gguf"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(folder.File("x"))!));
    }

    [Fact]
    public void Windows_that_other_readers_ignore_are_written_and_noted()
    {
        using var folder = new TemporaryFolder();
        var report = GgufFixture.Convert("mistral", folder.File("model.gguf"));
        Assert.Contains(report.Notes, note => note.Contains("sliding_window is 8", StringComparison.Ordinal));
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Equal("MistralForCausalLM", model.Architecture);
    }

    [Fact]
    public void A_tokenizer_is_filled_up_to_the_vocabulary_and_survives_a_second_conversion()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.tokens"] = Enumerable.Range(0, 300).Select(id => $"t{id}").ToArray(),
            ["tokenizer.ggml.token_type"] = Enumerable.Repeat(1, 300).ToArray(),
            ["tokenizer.ggml.bos_token_id"] = 7u,
        };
        ModelConverter.ToGguf(GoldenModel.Of("llama").Model, folder.File("first.gguf"), new ConversionOptions { Tokenizer = tokenizer, Name = "Tiny" });
        using var model = ModelLoader.Load(folder.File("first.gguf"));
        Assert.Equal("Tiny", model.Name);
        ModelConverter.ToGguf(model, folder.File("second.gguf"));
        using var file = GgufFile.Open(folder.File("second.gguf"));
        string[] tokens = Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.tokens"]);
        Assert.Equal(331, tokens.Length);
        Assert.Equal(["t299", "[PAD300]"], tokens[299..301]);
        Assert.Equal(5, Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"])[330]);
        Assert.Equal(7u, file.Metadata["tokenizer.ggml.bos_token_id"]);
    }

    [Fact]
    public void A_tokenizer_of_another_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        void Convert(string key, object value) =>
            ModelConverter.ToGguf(GoldenModel.Of("llama").Model, folder.File("model.gguf"), new ConversionOptions { Tokenizer = new Dictionary<string, object> { [key] = value } });
        Assert.Contains("400 entries", Assert.Throws<ModelFormatException>(() => Convert("tokenizer.ggml.tokens", new string[400])).Message, StringComparison.Ordinal);
        Assert.Contains("general.name", Assert.Throws<ModelFormatException>(() => Convert("general.name", "x")).Message, StringComparison.Ordinal);
    }

    private static void Same(string golden, string path)
    {
        using var model = ModelLoader.Load(path);
        int[] ids = GoldenModel.Of(golden).Ids("seqB.input_ids");
        Near.Equal(GoldenModel.Of(golden).Reference("seqB.logits"), GgufFixture.Logits(model, ids), 1e-4f, golden);
    }
}
