using System.CommandLine;
using Trimtab.Training.Sae;

namespace Trimtab.Cli;

/// <summary>--kind and the settings of each kind of sparse autoencoder. A setting that the kind does not have is refused.</summary>
internal sealed class SaeRecipeOptions
{
    private readonly Option<string> _kind = new("--kind") { Description = "topk, batchtopk, matryoshka, relu, jumprelu or gated.", DefaultValueFactory = _ => "topk" };
    private readonly Option<int> _k = new("--k") { Description = "How many latents stay active per row (topk, batchtopk, matryoshka).", DefaultValueFactory = _ => new TopKRecipe().K };
    private readonly Option<int> _startK = new("--start-k") { Description = "How many at the start, falling to --k over a tenth of the steps (topk, batchtopk, matryoshka)." };
    private readonly Option<double> _auxiliary = new("--aux-weight") { Description = "The weight of the loss that revives dead latents (topk, batchtopk, matryoshka).", DefaultValueFactory = _ => new TopKRecipe().AuxiliaryWeight };
    private readonly Option<int[]> _groups = new("--groups") { Description = "The sizes of the nested groups, which add up to the latents (matryoshka).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<double> _penalty = new("--penalty") { Description = "The weight of the penalty that keeps latents few (relu, jumprelu, gated).", DefaultValueFactory = _ => new ReluRecipe().Penalty };
    private readonly Option<double> _bandwidth = new("--bandwidth") { Description = "The width of the kernel that thresholds learn by (jumprelu).", DefaultValueFactory = _ => new JumpReluRecipe().Bandwidth };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_kind, _k, _startK, _auxiliary, _groups, _penalty, _bandwidth])
            command.Options.Add(option);
    }

    /// <summary>The recipe that was asked for.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="steps">The steps of the run.</param>
    /// <exception cref="FormatException">There is no such kind, or a setting is not its.</exception>
    public SaeRecipe Read(ParseResult parsed, long steps)
    {
        string kind = parsed.GetValue(_kind)!;
        Option[] own = kind switch
        {
            "topk" or "batchtopk" => [_k, _startK, _auxiliary],
            "matryoshka" => [_k, _startK, _auxiliary, _groups],
            "relu" or "gated" => [_penalty],
            "jumprelu" => [_penalty, _bandwidth],
            _ => throw new FormatException($"{_kind.Name}: '{kind}' is not known. Known are topk, batchtopk, matryoshka, relu, jumprelu and gated."),
        };
        if (((Option[])[_k, _startK, _auxiliary, _groups, _penalty, _bandwidth]).Except(own).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } foreign)
            throw new FormatException($"{foreign.Name} is no setting of {kind}. Leave it away.");
        return kind switch
        {
            "relu" => new ReluRecipe { Penalty = parsed.GetValue(_penalty) },
            "gated" => new GatedRecipe { Penalty = parsed.GetValue(_penalty) },
            "jumprelu" => new JumpReluRecipe { Penalty = parsed.GetValue(_penalty), Bandwidth = parsed.GetValue(_bandwidth) },
            _ => new TopKRecipe
            {
                K = parsed.GetValue(_k), StartK = parsed.GetValue(_startK), AnnealingSteps = Math.Max(1, steps / 10), AuxiliaryWeight = parsed.GetValue(_auxiliary),
                PerBatch = kind != "topk", Groups = Groups(kind, parsed.GetValue(_groups)!),
            },
        };
    }

    private static int[] Groups(string kind, int[] groups) => kind == "matryoshka" && groups.Length < 2
        ? throw new FormatException("--groups: a matryoshka autoencoder needs the sizes of at least two groups.")
        : groups;
}
