using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Trimtab.Tensors;

namespace Trimtab.Cli;

/// <summary>The options that several verbs share, with one meaning.</summary>
internal static class CommonOptions
{
    /// <summary>--model PATH.</summary>
    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "The model: a Hugging Face folder with config.json, or a .gguf file; by default Pip, which comes with the program.",
        DefaultValueFactory = _ => EmbeddedModel.Folder,
    };

    /// <summary>An option of one value, mostly a number, that has a default.</summary>
    public static Option<T> Number<T>(string name, string description, T fallback) => new(name) { Description = description, DefaultValueFactory = _ => fallback };

    /// <summary>--quantize TYPE.</summary>
    public static Option<string?> Quantise() => new("--quantize")
    {
        Description = $"Convert the weights of matrix products while they are loaded: {ElementTypes.Names(ElementTypes.OnLoad)}; by default as stored.",
    };

    /// <summary>--threads N.</summary>
    public static Option<int> Threads() => new("--threads", "-t")
    {
        Description = "Threads that compute; by default one for each processor. Results do not depend on it.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    /// <summary>--kernels TIER.</summary>
    public static Option<string?> Kernels() => new("--kernels")
    {
        Description = "Instructions for matrix products: portable, avx2, avx512 or emitted; by default the fastest that runs here (see inspect --machine).",
    };

    /// <summary>--json.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document and nothing else on standard output." };

    /// <summary>--prompt TEXT.</summary>
    public static Option<string?> Prompt() => new("--prompt", "-p") { Description = "The text to start from: a user's message, or the text itself with --raw." };

    /// <summary>--ids 1,2,3.</summary>
    public static Option<int[]?> Ids(string name = "--ids", string description = "Token ids to start from, separated by commas, instead of a text.") =>
        new(name) { Description = description, CustomParser = argument => ParseIds(name, argument) };

    /// <summary>--raw.</summary>
    public static Option<bool> Raw() => new("--raw") { Description = "Take the prompt as plain text, without the model's chat template." };

    /// <summary>--system TEXT.</summary>
    public static Option<string?> System() => new("--system") { Description = "A system message before the prompt." };

    /// <summary>--plan FILE.</summary>
    public static Option<string?> Plan() => new("--plan") { Description = "A steering plan (JSON) to run under." };

    /// <summary>--explain.</summary>
    public static Option<bool> Explain() => new("--explain") { Description = "Say what the gates of the plan decided by the prompt, and why, on standard error; with --json in the document." };

    /// <summary>--steer VECTOR@LAYER:STRENGTH, any number of times.</summary>
    public static Option<string[]> Steer() => new("--steer")
    {
        Description = "Add a vector: VECTOR@LAYER:STRENGTH, with LAYER a number, a range such as 3-5 or 'all', and STRENGTH raw (2.5) or a fraction of the residual norm (0.08n). Repeatable.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>--steer-tokens SCOPE.</summary>
    public static Option<string> SteerTokens() => new("--steer-tokens")
    {
        Description = "The tokens that --steer changes: all, prompt, after_prompt, response, last, or positions separated by commas.",
        DefaultValueFactory = _ => "all",
    };

    /// <summary>--kv-cache f32|f16.</summary>
    public static Option<DType> CacheType() => new("--kv-cache")
    {
        Description = "What keys and values of past tokens are kept in: f32, or f16 for half the memory and slightly other results.",
        DefaultValueFactory = _ => DType.F32,
        CustomParser = ParseCacheType,
    };

    private static DType ParseCacheType(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (text is not ("f32" or "f16"))
            argument.AddError($"--kv-cache: '{text}' is not understood. Write f32 or f16.");
        return text == "f16" ? DType.F16 : DType.F32;
    }

    private static int[]? ParseIds(string name, ArgumentResult argument)
    {
        var ids = new List<int>();
        foreach (string part in string.Join(',', argument.Tokens.Select(t => t.Value)).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                argument.AddError($"{name}: '{part}' is not a token id. Write whole numbers from 0, separated by commas.");
                return null;
            }
            ids.Add(id);
        }
        return [.. ids];
    }
}
