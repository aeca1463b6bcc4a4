using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sae rank: the latents that fire where one set of chats is answered and not where another is, such as refused and answered requests.</summary>
internal static class SaeRankVerb
{
    public static Command Create()
    {
        var (model, json, file) = (new ModelOptions(), CommonOptions.Json(), new SaeFileOptions());
        var positive = new Option<string>("--positive") { Description = "Chats that show the behaviour: JSON lines {\"messages\": […]}.", Required = true };
        var negative = new Option<string>("--negative") { Description = "Chats that do not.", Required = true };
        var at = new Option<string?>("--at") { Description = "The hook point that the autoencoder reads, such as blocks.3.resid_post, where its file does not say." };
        var tokens = new Option<int>("--answer-tokens") { Description = "How many tokens of each answer are read, besides the last of its prompt.", DefaultValueFactory = _ => 8 };
        var count = new Option<int>("--count") { Description = "How many latents.", DefaultValueFactory = _ => 12 };
        var command = new Command("rank", "Finds the latents that fire in one set of chats and not in another.") { model, positive, negative, at, tokens, count, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var sae = file.Load(parsed);
            using var loaded = model.Load(parsed);
            var ranking = new LatentRanking(loaded, sae, parsed.GetValue(at) is { } point ? HookPoint.Parse(point) : null, parsed.GetValue(tokens));
            EncodedExample[] Read(string path) => [.. TextFile.Load(path, loaded, sae.Origin, null).Select(text => new EncodedExample(text.Ids, text.LastStretch().First))];
            var ranked = ranking.Rank(Read(parsed.GetValue(positive)!), Read(parsed.GetValue(negative)!), cancellation).Take(parsed.GetValue(count)).ToList();
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["latents"] = new JsonArray([.. ranked.Select(latent => (JsonNode)ToJson(latent))]) });
            else
                foreach (var latent in ranked)
                    Console.Out.WriteLine(FormattableString.Invariant($"latent {latent.Latent,6}: fires in {latent.PositiveShare,6:P1} and {latent.NegativeShare,6:P1}, {latent.MeanActivation:0.##} in the mean, {latent.LargestActivation:0.##} at most"));
        });
    }

    private static JsonObject ToJson(RankedLatent latent) => new()
    {
        ["latent"] = latent.Latent, ["positiveShare"] = latent.PositiveShare, ["negativeShare"] = latent.NegativeShare, ["meanActivation"] = latent.MeanActivation, ["largestActivation"] = latent.LargestActivation,
    };
}
