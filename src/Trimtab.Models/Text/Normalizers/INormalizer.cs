namespace Trimtab.Models.Text;

/// <summary>Rewrites text before it is split and encoded.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}

/// <summary>Several normalizers, one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> parts) : INormalizer
{
    public string Normalize(string text) => parts.Aggregate(text, (current, part) => part.Normalize(current));
}
