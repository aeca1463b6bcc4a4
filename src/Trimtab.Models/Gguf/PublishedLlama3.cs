using System.Text.Json.Nodes;
using Trimtab.Models.Layers;

namespace Trimtab.Models.Gguf;

/// <summary>
/// Recognises the divisors of Llama 3.1 to 3.3, of which GGUF keeps only the result: every published model uses the same bounds and trained length, so that the
/// configuration can be given back as it was published.
/// </summary>
internal static class PublishedLlama3
{
    private const double Low = 1, High = 4;
    private const int TrainedLength = 8192;
    private const float Tolerance = 1e-5f;

    /// <summary>The rope_scaling object, or null for other divisors.</summary>
    public static JsonObject? Find(float[] divisors, double @base)
    {
        if (divisors.Length == 0)
            return null;
        double factor = divisors.Max();
        int size = 2 * divisors.Length;
        float[] plain = new PlainRotary(@base).Frequencies(size, 1), stretched = new Llama3Rotary(@base, factor, Low, High, TrainedLength).Frequencies(size, 1);
        for (int i = 0; i < divisors.Length; i++)
            if (!(Math.Abs(plain[i] / stretched[i] - divisors[i]) <= Tolerance * divisors[i]))
                return null;
        return new JsonObject
        {
            ["rope_type"] = "llama3", ["factor"] = factor, ["low_freq_factor"] = Low, ["high_freq_factor"] = High, ["original_max_position_embeddings"] = TrainedLength,
        };
    }
}
