using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>Whether a vector was made for a model.</summary>
public static class VectorCompatibility
{
    /// <summary>
    /// Throws unless the vector fits: its hook points exist, and the sizes are the model's, always; and it was made on these weights, unless
    /// <paramref name="overrideCheck"/>. An imported vector does not know its weights, so only its sizes are checked.
    /// </summary>
    /// <param name="vector">The vector.</param>
    /// <param name="model">The model.</param>
    /// <param name="overrideCheck">Accept other weights of the same sizes, such as a fine-tuned copy of the model.</param>
    /// <exception cref="SteeringException">Names both models and what differs.</exception>
    public static void Require(SteeringVector vector, LoadedModel model, bool overrideCheck = false)
    {
        var made = vector.Provenance;
        int size = vector.HookPoints.Any(point => VectorPoints.IsResidualWide(point.Site)) ? vector.Dimension : made.HiddenSize ?? model.Config.HiddenSize;
        if (size != model.Config.HiddenSize)
            throw new SteeringException($"{Origin(vector)}; this model is {model.Name} (d {model.Config.HiddenSize} ≠ {size}). A vector fits models of its own size only.");
        if (made.LayerCount is { } layers && layers != model.LayerCount)
            throw new SteeringException($"{Origin(vector)}; this model is {model.Name} ({model.LayerCount} blocks ≠ {layers}). A vector fits models of its own size only.");
        foreach (var point in vector.HookPoints)
            model.RequireHookPoint(point);
        if (!overrideCheck && made.ModelFingerprint is { } fingerprint && fingerprint != model.Fingerprint)
            throw new SteeringException($"{Origin(vector)}; this model is {model.Name} (sha {Short(model.Fingerprint)}), with the same sizes but other weights. "
                + "Fit the vector on this model, or override the check if the models are related closely enough.");
    }

    private static string Origin(SteeringVector vector)
    {
        string sha = vector.Provenance.ModelFingerprint is { } fingerprint ? $"sha {Short(fingerprint)}" : "weights unknown";
        return vector.Provenance.ModelName is { } model ? $"{vector.Name} was fitted on {model} ({sha})" : $"{vector.Name} was fitted on an unknown model of size {vector.Dimension}";
    }

    private static string Short(string fingerprint) => fingerprint.Length > 8 ? fingerprint[..8] + "…" : fingerprint;
}
