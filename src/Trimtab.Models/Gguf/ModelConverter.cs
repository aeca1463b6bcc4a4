using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Architectures;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Gguf;

/// <summary>Converts models between Hugging Face folders and GGUF files, and between element types.</summary>
public static class ModelConverter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes a model, from a folder or another GGUF file, as one GGUF file of version 3 in the conventions of llama.cpp: its names, its order of rows, its whole
    /// norm weights, its stacks of experts.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file to write; replaced at the end, in one step.</param>
    /// <param name="options">Element type, tokenizer and name.</param>
    /// <exception cref="ModelFormatException">The family has no GGUF form, or the model uses something that the format cannot say.</exception>
    /// <exception cref="TensorException">A value cannot be held by the element type.</exception>
    public static ConversionReport ToGguf(LoadedModel model, string path, ConversionOptions? options = null)
    {
        options ??= new ConversionOptions();
        var form = Architecture.Of(model.Architecture, model.Origin.Path).Gguf
            ?? throw new ModelFormatException($"Convert to GGUF: {model.Architecture} has no form in GGUF. Keep the Hugging Face folder.");
        var export = new GgufExport(model, form);
        if (model.Config.Activation != form.Activation)
            throw export.Impossible($"the nonlinearity {model.Config.Activation} where {form.Activation} is taken for granted");
        foreach (var field in form.Fields)
            field.Export(export);
        var plan = Plan(export).Select(tensor => (Tensor: tensor, Type: TypeFor(tensor, options.Type, export.Notes))).ToList();
        using var converted = ConvertedTensors.Make(plan, path);
        GgufWriter.Write(path, Metadata(export, options, plan), converted.Tensors);
        return Report(path, plan, export.Notes);
    }

    /// <summary>
    /// Writes a model as a Hugging Face folder: config.json and model.safetensors, and where it comes from another folder the files of its tokenizer, chat template and generation settings. Those of a GGUF file
    /// are not written. Block types are decoded, to BF16 where no type is asked for.
    /// </summary>
    /// <param name="model">The model, from a GGUF file or another folder.</param>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="options">The element type.</param>
    /// <exception cref="ModelFormatException">A block type was asked for, which the format does not have.</exception>
    public static ConversionReport ToFolder(LoadedModel model, string folder, ConversionOptions? options = null)
    {
        var type = options?.Type;
        if (type is { } asked && !asked.IsFloat())
            throw new ModelFormatException($"Convert to a folder: safetensors has no {asked}. Ask for F32, F16 or BF16.");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "model.safetensors");
        var notes = new List<string>();
        var plan = model.Weights.Names.Select(name => PlannedTensor.Of(name, model.Weights[name]))
            .Select(tensor => (Tensor: tensor, Type: type ?? (tensor.Type.IsQuantised() ? DType.BF16 : tensor.Type))).ToList();
        using (var converted = ConvertedTensors.Make(plan, path))
            SafetensorsFile.Write(path, converted.Tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var config = (JsonObject)model.Origin.Config.DeepClone();
        if (config["rope_scaling"]?["rope_type"]?.GetValue<string>() == "factors")
            notes.Add("config.json: rope_scaling has the type \"factors\", which Trimtab alone reads; the GGUF file does not say which published type it came from.");
        config["torch_dtype"] = Largest(plan) switch { DType.F16 => "float16", DType.BF16 => "bfloat16", DType.F64 => "float64", _ => "float32" };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(Indented) + "\n");
        if (Directory.Exists(model.Origin.Path))
            TextAssets.Copy(model.Origin.Path, folder);
        return Report(path, plan, notes);
    }

    // Whole model first, then block by block, as readers expect to stream it.
    private static List<PlannedTensor> Plan(GgufExport export)
    {
        var plan = new List<PlannedTensor>();
        var model = export.Model;
        var checkpoint = new TensorLedger(model.Weights, export.Form.Prefix);
        foreach (var rule in export.Form.Tensors.Where(rule => !rule.IsPerBlock))
            rule.Export(checkpoint, 0, export.Sizes, plan.Add);
        plan.AddRange(export.Tensors);
        for (int block = 0; block < model.LayerCount; block++)
            foreach (var rule in export.Form.Tensors.Where(rule => rule.IsPerBlock))
                rule.Export(checkpoint, block, export.Sizes, plan.Add);
        var architecture = Architecture.Of(model.Architecture, model.Origin.Path);
        if (checkpoint.Left.FirstOrDefault(name => !architecture.MayIgnore(name, export.Sizes)) is { } left)
            throw export.Impossible($"the tensor {left}");
        return plan;
    }

    private static DType TypeFor(PlannedTensor tensor, DType? asked, List<string> notes)
    {
        if (tensor.Shape.Rank <= 1 || tensor.KeepsPrecision)
            return DType.F32;
        var type = asked ?? (tensor.Type == DType.F64 ? DType.F32 : tensor.Type);
        if (tensor.Shape.Last % type.BlockElements() == 0)
            return type;
        notes.Add($"{tensor.Name} is F16: its rows of {tensor.Shape.Last} values are not whole blocks of {type}, which hold {type.BlockElements()}.");
        return DType.F16;
    }

    private static IEnumerable<KeyValuePair<string, object>> Metadata(GgufExport export, ConversionOptions options, List<(PlannedTensor Tensor, DType Type)> plan)
    {
        List<KeyValuePair<string, object>> general =
        [
            new("general.architecture", export.Form.Name),
            new("general.type", "model"),
            new("general.name", options.Name ?? export.Model.Name),
            new("general.file_type", GgufFileType.Of(Largest(plan))),
        ];
        if (plan.Exists(item => item.Type.IsQuantised()))
            general.Add(new("general.quantization_version", GgufFileType.QuantisationVersion));
        return [.. general, .. export.Metadata, .. TokenizerMetadata.For(options.Tokenizer, export.Model, options.Name ?? export.Model.Name, export.Notes)];
    }

    // What most matrices are, by the number of their values.
    private static DType Largest(List<(PlannedTensor Tensor, DType Type)> plan) => plan.Where(item => item.Tensor.Shape.Rank > 1)
        .GroupBy(item => item.Type).MaxBy(group => group.Sum(item => item.Tensor.Shape.Count))?.Key ?? DType.F32;

    private static ConversionReport Report(string path, List<(PlannedTensor Tensor, DType Type)> plan, List<string> notes) => new()
    {
        Path = path,
        ElementTypes = ModelOrigin.Count(plan.Select(item => item.Type.ToString())),
        Notes = notes,
    };
}
