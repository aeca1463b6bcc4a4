using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Gguf;
using Trimtab.Models.Hooks;
using Trimtab.Models.Weights;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Training.Data;
using Trimtab.Training.Prevention;

namespace Trimtab.Training;

/// <summary>
/// Supervised fine-tuning on chats, of an adapter or of all weights; under a steering plan, if there is one, which then bends the forward pass in which the gradients arise
/// (preventative steering, Chen et al. 2025, arXiv 2507.21509, section 5). The result of a run follows from model, data and options; killed and run again, it goes on to the
/// same bits.
/// </summary>
public sealed class FineTuning : IDisposable
{
    private readonly LoadedModel _base;
    private readonly FineTuningOptions _options;
    private readonly IReadOnlyList<LossText> _heldOut;
    private readonly EpochStream _texts;
    private readonly LoraAdapter? _adapter;
    private readonly TrainedWeights? _weights;
    private readonly LoadedModel _trained;
    private readonly TrainerOptions _trainerOptions;
    private readonly CompiledPenalty? _penalty;
    private readonly Trainer _trainer;

    /// <summary>A run that has made no step.</summary>
    /// <param name="model">The model, without adapter and plan; it stays as it is.</param>
    /// <param name="data">The chats.</param>
    /// <param name="options">How.</param>
    /// <param name="plan">The plan that training goes on under, which is kept with an adapter; null for none.</param>
    /// <exception cref="ArgumentException">The model has an adapter or a plan already.</exception>
    /// <exception cref="SteeringException">The plan does not suit the model, or an edit of it would never meet a token.</exception>
    public FineTuning(LoadedModel model, ChatDataset data, FineTuningOptions? options = null, SteeringPlan? plan = null)
    {
        RequirePlain(model);
        (_base, _options) = (model, options ?? new FineTuningOptions());
        (var training, _heldOut) = _options.HeldOutShare > 0 ? data.Split(_options.HeldOutShare, _options.Seed) : (data.Texts, []);
        var steering = plan?.Compile(model);
        RequireAllFire(steering, training);
        _texts = new EpochStream(training, new BatchPlan { Seed = _options.Seed, MaxTexts = _options.BatchSize });
        _adapter = _options.Lora is { } lora ? LoraAdapter.Create(model, lora, _options.Seed).Trained(_options.Seed, plan?.ToJson()) : null;
        _weights = _adapter is null ? TrainedWeights.Of(model) : null;
        _trained = _adapter is not null ? model.With(_adapter) : model.With(_weights!);
        if (steering is not null)
            _trained = _trained.With(steering);
        _trainerOptions = _options.TrainerOptions(_texts);
        _penalty = _options.Penalty?.Compile(steering is null ? model : model.With(steering));
        _trainer = new Trainer(_trained, Parameters, _texts, _trainerOptions, _penalty);
    }

    /// <summary>The steps of the whole run.</summary>
    public long Steps => _trainerOptions.Steps;

    /// <summary>How many steps were made.</summary>
    public long StepCount => _trainer.StepCount;

    /// <summary>How many values are trained.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Value.Count);

    private IReadOnlyList<Parameter> Parameters => _adapter?.Parameters ?? _weights!.Parameters;

    /// <summary>The memory that a step takes; measured on a few tokens.</summary>
    public MemoryEstimate EstimateMemory() => MemoryEstimate.Of(_trained, Parameters, LargestPass, _penalty);

    /// <summary>Throws where a step does not fit the machine.</summary>
    /// <param name="availableBytes">What the machine can give.</param>
    /// <exception cref="TrainingException">Says which number to lower, and to what.</exception>
    public void RequireFits(long availableBytes) => EstimateMemory().RequireFits(LargestPass, availableBytes);

    /// <summary>The mean loss of the held-out chats, in nats for each token, without the plan: as the model will be used. Null where none were held out.</summary>
    public double? HeldOutLoss(CancellationToken cancellation = default)
    {
        if (_heldOut.Count == 0)
            return null;
        var plain = _adapter is not null ? _base.With(_adapter) : _base.With(_weights!);
        using var run = new LossRun(plain);
        return run.MeanLoss(_heldOut, _options.PassTokens, cancellation);
    }

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="checkpoint">Where checkpoints are kept; one that is there is gone on from.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the run.</param>
    public void Run(Checkpoint checkpoint, IProgress<TrainingStep>? progress = null, CancellationToken cancellation = default) => _trainer.Run(checkpoint, progress, cancellation);

    /// <summary>Writes what was trained: an adapter in PEFT's format, or a model as a Hugging Face folder in the element type of the one it came from (BF16 for block types).</summary>
    /// <param name="folder">Where.</param>
    public void Save(string folder)
    {
        if (_adapter is not null)
            _adapter.Save(folder, _base.Origin.Path);
        else
            ModelConverter.ToFolder(_trained, folder, new ConversionOptions { Type = _base.Decoder.Embedding.DType is var type && type.IsFloat() ? type : DType.BF16 });
    }

    /// <summary>Gives the memory of passes back.</summary>
    public void Dispose() => _trainer.Dispose();

    private static void RequirePlain(LoadedModel model)
    {
        if (model.Adapter is not null || model.Steering is not null)
            throw new ArgumentException($"Fine-tuning: {model.Name} comes with {(model.Adapter is null ? "a plan" : "an adapter")}, which would go lost. Give the model itself, the plan apart, and merge the adapter first.", nameof(model));
    }

    // Known before the first step, from the texts: every one of them is gone through. A gate may still hold an edit back.
    private static void RequireAllFire(ISteering? steering, IReadOnlyList<LossText> texts)
    {
        if (steering?.Edits.FirstOrDefault(edit => !texts.Any(text => text.Meets(edit))) is { } idle)
            throw new SteeringException($"Fine-tuning: {idle.Description} would never fire — none of the {texts.Count} chats has a token that it selects. Change its tokens or remove it.");
    }

    // The longest text goes through whole, even where it is longer than a pass is to be; and where all texts of a step are short, no pass is as large as it may be.
    private int LargestPass => Math.Max((int)Math.Min(_options.PassTokens, _texts.LargestStep), _texts.LongestText);
}
