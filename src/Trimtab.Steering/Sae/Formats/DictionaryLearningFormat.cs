using System.Globalization;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// dictionary_learning: `ae.pt`, a state dictionary, and `config.json` whose `trainer.dict_class` says of which class: AutoEncoder, AutoEncoderNew, GatedAutoEncoder, AutoEncoderTopK, BatchTopKSAE, JumpReluAutoEncoder or
/// MatryoshkaBatchTopKSAE. Layers of torch have encoder.weight [F, D] and decoder.weight [D, F]; the two last classes have W_enc [D, F] and W_dec [F, D].
/// </summary>
internal sealed class DictionaryLearningFormat : SaeFormat
{
    private const string ConfigName = "config.json", FileName = "ae.pt";

    // Settings of its trainers.
    private static readonly string[] Harmless =
    [
        "trainer_class", "anneal_end", "anneal_start", "auxk_alpha", "bandwidth", "decay_start", "device", "group_fractions", "group_sizes", "group_weights", "initial_sparsity_penalty", "l1_penalty", "lr",
        "n_sparsity_updates", "optimizer", "p_end", "p_start", "resample_steps", "seed", "sparsity_function", "sparsity_penalty", "sparsity_queue_length", "sparsity_warmup_steps", "steps", "target_l0",
        "threshold_beta", "threshold_start_step", "top_k_aux", "wandb_name", "warmup_steps",
    ];

    public override string Name => "dictionary-learning";

    public override string Summary => "a folder with config.json and ae.pt";

    internal override string? Find(string path) => FolderWith(path, FileName, ConfigName);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), []);
        var trainer = config.Object("trainer") ?? throw config.Bad("trainer", "the settings of the trainer are needed, for the class of the dictionary");
        Skip(trainer, Harmless);
        var origin = OriginOf(trainer, path) with { ContextSize = config.Node("buffer")?["ctx_len"]?.GetValue<int>() };
        string dictionary = trainer.Text("dict_class", "");
        int width = trainer.Size("activation_dim"), latents = trainer.Size("dict_size");
        int? k = Whole(trainer, "k");
        trainer.RequireAllRead();
        config.RequireAllRead();
        return SaeTensors.Read(TorchFile.Load(Path.Combine(path, FileName)), tensors =>
        {
            var (weights, kind, centres) = PartsOf(trainer, dictionary, tensors, width, latents, k);
            return new SparseAutoencoder(weights, kind, tensors) { CentresInput = centres, Origin = origin };
        });
    }

    // AutoEncoder is brought to decoder rows of length 1 by its own loader.
    private static (SaeWeights Weights, SaeKind Kind, bool Centres) PartsOf(ConfigReader trainer, string dictionary, SaeTensors tensors, int width, int latents, int? k) => dictionary switch
    {
        "AutoEncoder" => (tensors.WithUnitDecoder(Layers(tensors, width, latents, "bias")), new Relu(), true),
        "AutoEncoderNew" => (Layers(tensors, width, latents, "decoder.bias"), new Relu(), false),
        "GatedAutoEncoder" => GatedOf(tensors, width, latents),
        "AutoEncoderTopK" => (Layers(tensors, width, latents, "b_dec"), TopKOf(trainer, tensors, k), true),
        "BatchTopKSAE" => (Layers(tensors, width, latents, "b_dec"), BatchTopKOf(trainer, tensors, k), true),
        "JumpReluAutoEncoder" => (Parameters(tensors, width, latents), new JumpRelu(tensors.Vector("threshold", latents)), false),
        "MatryoshkaBatchTopKSAE" => (Parameters(tensors, width, latents), new Matryoshka(BatchTopKOf(trainer, tensors, k), [.. tensors.WholeNumbers("group_sizes").Select(size => checked((int)size))]), true),
        _ => throw trainer.Bad("dict_class", "AutoEncoder, AutoEncoderNew, GatedAutoEncoder, AutoEncoderTopK, BatchTopKSAE, JumpReluAutoEncoder and MatryoshkaBatchTopKSAE are read"),
    };

    private static SaeWeights Layers(SaeTensors tensors, int width, int latents, string decoderBias) =>
        new(tensors.Matrix("encoder.weight", latents, width), tensors.Vector("encoder.bias", latents), tensors.Turned("decoder.weight", latents, width), tensors.Vector(decoderBias, width));

    private static SaeWeights Parameters(SaeTensors tensors, int width, int latents) =>
        new(tensors.Turned("W_enc", latents, width), tensors.Vector("b_enc", latents), tensors.Matrix("W_dec", latents, width), tensors.Vector("b_dec", width));

    private static (SaeWeights, SaeKind, bool) GatedOf(SaeTensors tensors, int width, int latents)
    {
        var gateBias = tensors.Vector("gate_bias", latents);
        var weights = new SaeWeights(tensors.Matrix("encoder.weight", latents, width), gateBias, tensors.Turned("decoder.weight", latents, width), tensors.Vector("decoder_bias", width));
        return (weights, new Gated(gateBias, tensors.Vector("r_mag", latents), tensors.Vector("mag_bias", latents)), true);
    }

    // The threshold that a TopK file may have serves another use of it, off by default.
    private static TopK TopKOf(ConfigReader trainer, SaeTensors tensors, int? k)
    {
        tensors.Skip("threshold");
        return new TopK(KOf(trainer, tensors, k));
    }

    private static BatchTopK BatchTopKOf(ConfigReader trainer, SaeTensors tensors, int? k) => new(KOf(trainer, tensors, k), tensors.Number("threshold"));

    // It stands in the config and in the state; older files have it in one of them.
    private static int KOf(ConfigReader trainer, SaeTensors tensors, int? configured)
    {
        int? stored = tensors.WholeNumbers("k") is [var number] ? checked((int)number) : null;
        if (stored is not null && configured is not null && stored != configured)
            throw trainer.Bad("k", $"the state has {stored.Value.ToString(CultureInfo.InvariantCulture)}");
        return stored ?? configured ?? throw trainer.Bad("k", "it is needed, here or in the state");
    }

    private SaeOrigin OriginOf(ConfigReader trainer, string path)
    {
        string? place = Text(trainer, "submodule_name");
        int? layer = Whole(trainer, "layer");
        return new SaeOrigin
        {
            Format = Name, File = path, ModelName = Text(trainer, "lm_name"), HookName = place ?? (layer is { } number ? $"layer {number.ToString(CultureInfo.InvariantCulture)}" : null), At = HookNames.Parse(place),
        };
    }
}
