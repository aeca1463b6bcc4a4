using System.Numerics.Tensors;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Optim;
using Trimtab.Tensors.Storage;

namespace Trimtab.Training.Sae;

/// <summary>What one step of training a sparse autoencoder did.</summary>
/// <param name="Step">Which step, from 1 once it is done.</param>
/// <param name="Loss">The loss of its batch before the step.</param>
/// <param name="DeadShare">The share of latents that have not fired for long, 0 … 1.</param>
/// <param name="LearningRate">What the step was made with.</param>
/// <param name="Rows">The rows of its batch.</param>
public sealed record SaeStep(long Step, SaeLoss Loss, double DeadShare, double LearningRate, int Rows);

/// <summary>
/// Trains one sparse autoencoder by Adam. The decoder's rows keep length 1: what a gradient would change of their length is removed, and what rounding adds is taken away after each step. Everything a step does follows from
/// its number, its batch and the state, which a checkpoint keeps.
/// </summary>
public sealed class SaeTrainer : IDisposable
{
    private readonly SaeTrainerOptions _options;
    private readonly SaeParameters _weights;
    private readonly SaeObjective _objective;
    private readonly LatentActivity _activity;
    private readonly AdamW _optimiser;
    private readonly Workspace _workspace = new();
    private readonly Tensor _scale = Tensor.From([1]);

    /// <summary>An autoencoder that has made no step.</summary>
    /// <param name="recipe">Its kind.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="width">D, the width of the activations.</param>
    public SaeTrainer(SaeRecipe recipe, SaeTrainerOptions options, int width)
    {
        (Recipe, _options) = (recipe, options);
        _weights = new SaeParameters(width, options.Latents, options.Seed);
        _objective = recipe.Objective(_weights);
        _activity = new LatentActivity(options.Latents, options.DeadAfterRows);
        _optimiser = new AdamW(_weights.Parameters, new AdamWOptions { WeightDecay = 0 });
    }

    /// <summary>The kind.</summary>
    public SaeRecipe Recipe { get; }

    /// <summary>How many steps were made.</summary>
    public long StepCount
    {
        get => _optimiser.StepCount;
        internal set => _optimiser.StepCount = value;
    }

    internal SaeParameters Weights => _weights;

    /// <summary>The factor that rows are scaled by before they are trained on.</summary>
    internal float Scale => _scale.Values[0];

    /// <summary>Everything that the next step depends on besides its batch, by name: for checkpoints.</summary>
    internal IEnumerable<(string Name, Tensor Tensor)> State =>
        [.. _weights.Parameters.Select(parameter => (parameter.Name, parameter.Value)), .. _optimiser.State, .. _objective.State, ("rows_since_fired", _activity.RowsSinceFired), ("scale", _scale)];

    /// <summary>Makes one step.</summary>
    /// <param name="rows">The batch, [N, D].</param>
    /// <exception cref="TrainingException">The loss is no number any more.</exception>
    public SaeStep Step(Tensor rows)
    {
        if (StepCount == 0)
            Begin(rows);
        _workspace.Reset();
        var scaled = _workspace.Allocate(rows.Shape);
        TensorPrimitives.Multiply(rows.Values, Scale, scaled.Values);
        foreach (var parameter in _weights.Parameters)
            parameter.ClearGradient();
        var loss = _objective.Compute(new SaeBatch(scaled), _activity, StepCount);
        if (!double.IsFinite(loss.Total))
            throw new TrainingException($"SAE: at step {StepCount + 1} the loss is {loss.Total:G4}. Lower the learning rate (it is {_options.Rate:G4}), or look at the activations.");
        _weights.ProjectDecoderGradient();
        double rate = _options.Rate * _options.Schedule.At(StepCount, _options.Steps);
        _optimiser.Step(rate);
        _weights.NormaliseDecoder();
        return new SaeStep(StepCount, loss, (double)_activity.DeadCount / _options.Latents, rate, rows.RowCount);
    }

    /// <summary>The autoencoder as it is now. It takes rows as they come: the scale of training is in its biases and thresholds, so that decoder rows keep their length of 1.</summary>
    /// <param name="origin">What its file is to say of where it comes from.</param>
    public SparseAutoencoder ToAutoencoder(SaeOrigin origin) => new(
        new SaeWeights(_weights.Encoder.Keep(), Unscaled(_weights.EncoderBias), _weights.Decoder.Keep(), Unscaled(_weights.DecoderBias)), _objective.Kind(Scale))
    {
        CentresInput = _objective.CentresInput,
        Origin = origin,
    };

    /// <summary>Gives the memory of steps back.</summary>
    public void Dispose() => _workspace.Dispose();

    private Tensor Unscaled(Tensor bias) => bias.Scale(1 / Scale).Keep();

    // The first batch decides the scale, and its mean is what nothing active decodes to.
    private void Begin(Tensor rows)
    {
        double squares = 0;
        double[] mean = new double[rows.Columns];
        for (int row = 0; row < rows.RowCount; row++)
        {
            squares += TensorPrimitives.SumOfSquares<float>(rows.Row(row));
            for (int i = 0; i < mean.Length; i++)
                mean[i] += rows.Row(row)[i];
        }
        if (_options.Normalise)
            _scale.Values[0] = (float)Math.Sqrt(rows.Count / squares);
        for (int i = 0; i < mean.Length; i++)
            _weights.DecoderBias.Values[i] = (float)(mean[i] / rows.RowCount * Scale);
    }
}
