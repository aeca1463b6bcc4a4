using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

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

    /// <summary>Writes the state after some steps.</summary>
    /// <param name="step">How many steps were made.</param>
    /// <param name="identity">What the run is, as far as these steps depend on it.</param>
    /// <param name="state">Everything that the next step depends on, by name.</param>
    internal void Write(long step, string identity, IEnumerable<(string Name, Tensor Tensor)> state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SafetensorsFile.Write(path, state, new Dictionary<string, string> { [StepKey] = step.ToString(CultureInfo.InvariantCulture), [RunKey] = Digest(identity) });
    }

    /// <summary>Reads the state back; returns how many steps were made, 0 where there is no file.</summary>
    /// <param name="identityAfter">What the run is, as far as so many steps depend on it.</param>
    /// <param name="state">Where each value is read to.</param>
    /// <exception cref="TrainingException">The file is no checkpoint, or belongs to another run: it holds other values than exactly those of the state.</exception>
    internal long Restore(Func<long, string> identityAfter, IEnumerable<(string Name, Tensor Tensor)> state)
    {
        if (!Exists)
            return 0;
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(StepKey, out string? step) || !file.Metadata.TryGetValue(RunKey, out string? run))
            throw new TrainingException($"Checkpoint: {path} is a safetensors file, but no checkpoint of a training run. Give another folder.");
        long steps = long.Parse(step, CultureInfo.InvariantCulture);
        if (run != Digest(identityAfter(steps)))
            throw new TrainingException($"Checkpoint: {path} belongs to a run of another model or adapter, or with other data or options. Give the model and the options of that run to go on with it, or another folder to begin anew.");
        Restore(file, [.. state]);
        return steps;
    }

    private void Restore(SafetensorsFile file, IReadOnlyList<(string Name, Tensor Tensor)> state)
    {
        if (file.Names.Except(state.Select(value => value.Name)).FirstOrDefault() is { } foreign)
            throw new TrainingException($"Checkpoint: {path} holds {foreign}, for which this run has no place. It belongs to a run that trains other values.");
        foreach (var (name, tensor) in state)
        {
            if (!file.Contains(name) || file[name].Shape != tensor.Shape)
                throw new TrainingException($"Checkpoint: {path} does not hold {name} {tensor}. It belongs to a run that trains other values.");
            file[name].CopyTo(tensor);
        }
    }

    private static string Digest(string identity) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
}
