using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Gemma Scope 2: `config.json` and `params.safetensors` with w_enc [D, F], b_enc, w_dec [F, Do], b_dec, threshold [F] and, of some transcoders, affine_skip_connection [D, Do]; JumpReLU over rows as they are. Cross-layer
/// transcoders, whose decoders have three axes, are not read.
/// </summary>
internal sealed class GemmaScope2Format : SaeFormat
{
    private const string ConfigName = "config.json", FileName = "params.safetensors";

    public override string Name => "gemma-scope-2";

    public override string Summary => "a folder with config.json and params.safetensors";

    internal override string? Find(string path) => FolderWith(path, FileName, ConfigName);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), ["type"]);
        config.Require("architecture", "\"jump_relu\"", "the files of this format have JumpReLU.");
        var origin = new SaeOrigin
        {
            Format = Name, File = path, ModelName = Text(config, "model_name"), HookName = Text(config, "hf_hook_point_in"), OutputHookName = Text(config, "hf_hook_point_out"),
            L0 = config.Has("l0") ? config.Number("l0") : null, PrependsBos = true, ContextSize = 1024,
        };
        if (origin.OutputHookName == origin.HookName)
            origin = origin with { OutputHookName = null };
        int width = config.Size("width");
        bool skips = config.Flag("affine_connection", false), centres = config.Flag("apply_b_dec_to_input", false);
        config.RequireAllRead();
        return SaeTensors.Read(SafetensorsFile.Open(Path.Combine(path, FileName)), tensors =>
        {
            var (inputs, outputs) = (tensors.SizeOf("w_enc").Rows, tensors.SizeOf("w_dec").Columns);
            var weights = new SaeWeights(tensors.Turned("w_enc", width, inputs), tensors.Vector("b_enc", width), tensors.Matrix("w_dec", width, outputs), tensors.Vector("b_dec", outputs),
                skips ? tensors.Turned("affine_skip_connection", outputs, inputs) : null);
            return new SparseAutoencoder(weights, new JumpRelu(tensors.Vector("threshold", width)), tensors)
            {
                CentresInput = centres,
                Origin = origin with { At = HookNames.Parse(origin.HookName), OutputAt = HookNames.Parse(origin.OutputHookName) },
            };
        });
    }
}
