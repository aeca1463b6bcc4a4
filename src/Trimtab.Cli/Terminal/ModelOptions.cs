using System.CommandLine;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Cli;

/// <summary>--model, --adapter, --quantize, --threads and --kernels: the model that a verb runs, and what computes it.</summary>
/// <param name="chooseThreads">Whether --threads is among them; a verb that measures several numbers of threads has an option of its own.</param>
internal sealed class ModelOptions(bool chooseThreads = true)
{
    /// <summary>--model.</summary>
    public Option<string> Path { get; } = CommonOptions.Model();

    /// <summary>--adapter.</summary>
    public Option<string?> Adapter { get; } = new("--adapter") { Description = "A LoRA adapter for the model: a folder in PEFT's format." };

    /// <summary>--quantize.</summary>
    public Option<string?> Quantise { get; } = CommonOptions.Quantise();

    /// <summary>--threads; null where the verb has its own.</summary>
    public Option<int>? Threads { get; } = chooseThreads ? CommonOptions.Threads() : null;

    /// <summary>--kernels.</summary>
    public Option<string?> Kernels { get; } = CommonOptions.Kernels();

    /// <summary>Loads the model. What quantising leaves as it is stored is said on standard error.</summary>
    public LoadedModel Load(ParseResult parsed) => Load(parsed, parsed.GetValue(Adapter) is { } folder ? LoraAdapter.Load(folder) : null);

    /// <summary>Loads the model without its adapter, and gives the view with it beside.</summary>
    /// <exception cref="ArgumentException">No adapter is given.</exception>
    public (LoadedModel Before, LoadedModel After) LoadBoth(ParseResult parsed)
    {
        string folder = parsed.GetValue(Adapter) ?? throw new ArgumentException("--adapter: the model is compared with itself before training, and no adapter was given. Give the folder of one.");
        var before = Load(parsed, adapter: null);
        return (before, before.With(LoraAdapter.Load(folder)));
    }

    /// <summary>Loads the model to be trained, which has no adapter yet.</summary>
    /// <exception cref="ArgumentException">One is given; what is trained would take its place.</exception>
    public LoadedModel LoadToTrain(ParseResult parsed) => parsed.GetValue(Adapter) is null ? Load(parsed, adapter: null)
        : throw new ArgumentException("--adapter: training begins with the model itself, and the adapter would go lost. Leave it away, or merge it into the weights first (convert --adapter).");

    private LoadedModel Load(ParseResult parsed, LoraAdapter? adapter)
    {
        var model = ModelLoader.Load(parsed.GetValue(Path)!, new LoadOptions
        {
            Quantise = parsed.GetValue(Quantise) is { } type ? ElementTypes.Parse(Quantise.Name, type, ElementTypes.OnLoad) : null,
            Adapter = adapter,
            Backend = Backend(parsed),
        });
        foreach (string note in model.Quantisation?.Notes ?? [])
            Console.Error.WriteLine($"{Quantise.Name} {parsed.GetValue(Quantise)}: {note}");
        return model;
    }

    /// <summary>The instructions that --kernels names; by default the fastest that this processor has.</summary>
    /// <exception cref="FormatException">There is no such tier, or the processor lacks it.</exception>
    public KernelTier Tier(ParseResult parsed)
    {
        if (parsed.GetValue(Kernels) is not { } name)
            return KernelTiers.Best;
        var tiers = KernelTiers.Report();
        var report = tiers.FirstOrDefault(tier => tier.Tier.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"{Kernels.Name}: '{name}' is not known. Known are {string.Join(", ", tiers.Select(tier => tier.Tier.ToString().ToLowerInvariant()))}.");
        return report.Available ? report.Tier : throw new FormatException($"{Kernels.Name}: {name} does not run here — {report.Reason}. `trimtab inspect --machine` lists what does.");
    }

    // The shared team serves where nothing else was asked for; another one lives as long as the process.
    private CpuBackend Backend(ParseResult parsed)
    {
        int threads = Threads is null ? WorkerTeam.Shared.Threads : parsed.GetValue(Threads);
        if (threads < 1)
            throw new FormatException($"{Threads!.Name}: {threads} is not a number of threads. Write a whole number from 1.");
        return new CpuBackend(threads == WorkerTeam.Shared.Threads ? WorkerTeam.Shared : new WorkerTeam(threads), Tier(parsed));
    }
}

/// <summary>Lets a command's list of options name the model in one word.</summary>
internal static class ModelOptionsOfCommand
{
    /// <summary>Adds the options to a command.</summary>
    public static void Add(this Command command, ModelOptions options)
    {
        command.Options.Add(options.Path);
        command.Options.Add(options.Adapter);
        command.Options.Add(options.Quantise);
        command.Options.Add(options.Kernels);
        if (options.Threads is not null)
            command.Options.Add(options.Threads);
    }
}
