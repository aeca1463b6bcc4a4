using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;

namespace Trimtab.Cli.Verbs;

/// <summary>The text that a model and its converted form are compared over.</summary>
/// <param name="file">A text file; for a model without a tokenizer, of token ids. Null for a text of our own; without a tokenizer, ids that mean nothing.</param>
internal sealed class MeasuredText(string? file)
{
    private const int WindowTokens = 512, MeaninglessTokens = 256;

    private const string Own = """
        A trim tab is a small rudder on the edge of a large one. The ship is too heavy for a person to turn, and its rudder is too heavy as well, because the water presses
        on it with the whole weight of the voyage. So nobody pushes the ship, and nobody pushes the rudder. Somebody turns a little blade, no longer than an arm; the water
        that streams past it pulls the rudder round, and the rudder pulls the ship.

        "How much does it weigh?" asked the boy, who had come aboard in the morning and wanted to know everything by noon.

        "Forty kilograms," said the engineer. "The ship weighs eighty thousand tons. That is a ratio of one to two million. You can work it out yourself: 80,000 times 1,000,
        divided by 40."

        The boy worked it out on his fingers, gave up, and looked at the sea. It had been grey since they left the harbour, and there was nothing on it but two birds and a
        line where the sky began. "And if it breaks?"

        "Then we find out how strong you are." She laughed, wiped her hands on her trousers and showed him the drawing. It listed every part with its number, its material
        and its tolerance: three bolts of steel, two bearings, one shaft, one plate. Below, in another hand, someone had written the rule by which the angle follows from
        the course:

            def angle(course, heading, limit=12.0):
                error = (course - heading + 180) % 360 - 180
                return max(-limit, min(limit, 0.4 * error))

        In the year 1928 the first of these was fitted to an aeroplane; boats had them long before. What they have in common is that the force is already there. It only
        waits for a direction. Whoever wants to change the way of something large should therefore look for the place where it turns by itself.
        """;

    /// <summary>Loads what was written and gives the comparison as a JSON object: divergences in nats, perplexities where the text means something.</summary>
    public JsonObject Compare(LoadedModel full, string target, CancellationToken cancellation)
    {
        using var converted = ModelLoader.Load(target);
        var texts = Texts(full);
        bool isReal = file is not null || full.Tokenizer is not null;
        var result = ProgressBar.Over("Measuring", texts.Sum(text => text.Count), progress => ModelComparison.Of(full, converted, texts, progress, cancellation));
        return new JsonObject
        {
            ["text"] = file ?? (isReal ? "Trimtab's own" : "ids without a meaning"),
            ["tokens"] = result.TokenCount,
            ["klMean"] = result.MeanDivergence,
            ["klMax"] = result.LargestDivergence,
            ["topAgreement"] = result.TopAgreement,
            ["perplexityFull"] = isReal ? result.ReferencePerplexity : null,
            ["perplexityConverted"] = isReal ? result.OtherPerplexity : null,
        };
    }

    private IReadOnlyList<IReadOnlyList<int>> Texts(LoadedModel model)
    {
        int window = Math.Min(WindowTokens, model.Config.MaxPositions);
        var texts = model.Tokenizer is not null ? ModelComparison.Windows(model, file is null ? Own : File.ReadAllText(file), window)
            : [.. (file is null ? Meaningless(model) : Ids(file, model)).Chunk(window).Where(ids => ids.Length >= 2)];
        return texts.Count > 0 ? texts : throw new FormatException($"--measure: {file} holds fewer than two tokens — expected a text to compare the models over.");
    }

    // Every model without a tokenizer is asked the same: ids spread over its vocabulary.
    private static IEnumerable<int> Meaningless(LoadedModel model) => Enumerable.Range(0, MeaninglessTokens).Select(i => (int)((i * 7919L + 13) % model.Config.VocabularySize));

    private static IEnumerable<int> Ids(string file, LoadedModel model) => File.ReadAllText(file).Split((char[])[' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < model.Config.VocabularySize
            ? id
            : throw new FormatException($"--measure: '{word}' in {file} is no token id of {model.Name}, which has {model.Config.VocabularySize} and no tokenizer. Write whole numbers, separated by commas or white space."));
}
