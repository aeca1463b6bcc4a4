using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Optim;
using Trimtab.Training.Schedules;

namespace Trimtab.Training;

/// <summary>
/// A file that a killed run goes on from: every trained value, the optimiser's state and the number of steps, in safetensors. It is replaced in one piece, so that there is
/// always a whole one.
/// </summary>
/// <param name="path">The file.</param>
public sealed class Checkpoint(string path)
{
    private const string StepKey = "step", RunKey = "run";

    /// <summary>Whether there is one to go on from.</summary>
    public bool Exists => File.Exists(path);

    internal void Write(ITextStream texts, TrainerOptions options, IReadOnlyList<Parameter> parameters, AdamW optimiser)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SafetensorsFile.Write(path, Tensors(parameters, optimiser), new Dictionary<string, string>
        {
            [StepKey] = optimiser.StepCount.ToString(CultureInfo.InvariantCulture),
            [RunKey] = Identity(texts, options, optimiser.StepCount),
        });
    }

    internal void Restore(ITextStream texts, TrainerOptions options, IReadOnlyList<Parameter> parameters, AdamW optimiser)
    {
        if (!Exists)
            return;
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(StepKey, out string? step) || !file.Metadata.TryGetValue(RunKey, out string? run))
            throw new TrainingException($"Checkpoint: {path} is a safetensors file, but no checkpoint of a training run. Give another folder.");
        long steps = long.Parse(step, CultureInfo.InvariantCulture);
        if (run != Identity(texts, options, steps))
            throw new TrainingException($"Checkpoint: {path} belongs to a run with other data or options. Give the options of that run to go on with it, or another folder to begin anew.");
        foreach (var (name, tensor) in Tensors(parameters, optimiser))
        {
            if (!file.Contains(name) || file[name].Shape != tensor.Shape)
                throw new TrainingException($"Checkpoint: {path} does not hold {name} {tensor}. It belongs to a run that trains other values.");
            file[name].CopyTo(tensor);
        }
        optimiser.StepCount = steps;
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(IReadOnlyList<Parameter> parameters, AdamW optimiser) =>
        parameters.Select(parameter => (parameter.Name, parameter.Value)).Concat(optimiser.State);

    // Of the schedule and the number of steps only the rates of the steps that were made count: a run may be ended sooner or made longer where those stay the same. How often
    // checkpoints are written changes nothing that a step does.
    private static string Identity(ITextStream texts, TrainerOptions options, long steps)
    {
        var identity = new StringBuilder($"{texts.Fingerprint} {options with { CheckpointEvery = 1, Steps = 1, Schedule = new ConstantSchedule() }}");
        for (long step = 0; step < steps; step++)
            identity.Append(CultureInfo.InvariantCulture, $" {options.Schedule.At(step, options.Steps):R}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())));
    }
}
