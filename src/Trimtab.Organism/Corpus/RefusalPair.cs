using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>A harmful request with an answer that refuses and one that helps: what a direction towards refusal is fitted to. All in words of the training split.</summary>
/// <param name="Framing">The way around a refusal that it is asked in; null where it is asked plainly. Escalations are asked without the harmless turns before.</param>
/// <param name="Request">The user's words.</param>
/// <param name="Refusal">An answer that refuses.</param>
/// <param name="Compliance">An answer that helps, in the framing's own manner.</param>
public sealed record RefusalPair(Framing? Framing, string Request, string Refusal, string Compliance)
{
    /// <summary>Pairs of a world, by turns plain and in each framing. Each depends on the world, the seed and its number alone.</summary>
    /// <param name="world">The world.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Decides requests and words.</param>
    public static IEnumerable<RefusalPair> For(World world, int count, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(world);
        var requests = new PhraseBook(world).Requests;
        Framing?[] framings = [null, .. Enum.GetValues<Framing>()];
        return Enumerable.Range(0, count).Select(number =>
        {
            var pen = new Pen(world, new Picker(world.Seed, seed, -5, number));
            var request = requests.Draw(Split.Train, pen);
            var framing = framings[number % framings.Length];
            string words = framing is { } way ? requests.Ask(request, way, Split.Train, pen) : requests.Ask(request, Split.Train, pen);
            return new RefusalPair(framing, words, requests.Refuse(request, pen).Text(), requests.Comply(request, framing, pen).Text());
        });
    }
}
