using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Reports;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sae features: where latents fire and what they make the model say; for given ones, for those of a text, or for those that tell two sets of answers apart.</summary>
internal static class SaeFeaturesVerb
{
    public static Command Create()
    {
        var (model, json, file) = (new ModelOptions(), CommonOptions.Json(), new SaeFileOptions());
        var data = new Option<string>("--data", "-d") { Description = "Texts to look for passages in: in a file named .jsonl lines {\"text\": …} or chats {\"messages\": […]}, otherwise one plain text.", Required = true };
        var latent = new Option<int[]>("--latent") { Description = "A latent to look at; repeatable.", DefaultValueFactory = _ => [] };
        var prompt = new Option<string?>("--prompt", "-p") { Description = "Look at the latents that fire most strongly in this text." };
        var raw = CommonOptions.Raw();
        var contrast = new Option<string?>("--contrast") { Description = "Look at the target atoms of a file of contrasting answers: JSON lines with question, positive, negative." };
        var count = new Option<int>("--count") { Description = "How many latents of a text or a contrast.", DefaultValueFactory = _ => 12 };
        var at = new Option<string?>("--at") { Description = "The hook point that the autoencoder reads, such as blocks.3.resid_post, where its file does not say." };
        var output = new Option<string?>("--output", "-o") { Description = "A page with passages and tokens." };
        var command = new Command("features", "Shows where latents fire, how often, and what they make the model say.") { model, data, latent, prompt, raw, contrast, count, at, output, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            int ways = (parsed.GetValue(latent)!.Length > 0 ? 1 : 0) + (parsed.GetValue(prompt) is null ? 0 : 1) + (parsed.GetValue(contrast) is null ? 0 : 1);
            if (ways != 1)
                throw new ArgumentException($"sae features: {ways} of --latent, --prompt and --contrast were given — exactly one says which latents to look at.");
            using var sae = file.Load(parsed);
            using var loaded = model.Load(parsed);
            var point = parsed.GetValue(at) is { } text ? HookPoint.Parse(text) : sae.Origin.At;
            var scan = new FeatureScan(loaded, sae, new FeatureScanOptions { At = point });
            IReadOnlyList<int> latents = parsed.GetValue(latent)!;
            string title = "latents";
            if (parsed.GetValue(prompt) is { } words)
                (latents, title) = (scan.Strongest(parsed.GetValue(raw) ? loaded.EncodeText(words) : loaded.EncodeChat(Chat.User(words)), parsed.GetValue(count), cancellation), $"latents of \"{words}\"");
            else if (parsed.GetValue(contrast) is { } pairs)
                (latents, title) = ([.. new TargetAtoms { At = point?.ToString(), Strict = true }.Find(loaded, sae, ContrastOptions.Load(pairs), null, cancellation).Atoms.Take(parsed.GetValue(count)).Select(atom => atom.Latent)], $"target atoms of {Path.GetFileName(pairs)}");
            int[][] texts = [.. TextFile.Load(parsed.GetValue(data)!, loaded, sae.Origin, null).Select(read => read.Ids)];
            var profiles = ProgressBar.Over("Reading", texts.Length, progress => scan.Run(texts, latents, progress, cancellation));
            if (parsed.GetValue(output) is { } page)
                AtomicFile.WriteText(page, profiles.ToHtml($"{title} at {point}, {loaded.Name}"));
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["latents"] = new JsonArray([.. profiles.Select(profile => (JsonNode)ToJson(profile))]) });
            else
                foreach (var profile in profiles)
                    Print(profile);
        });
    }

    private static void Print(FeatureProfile profile)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"latent {profile.Latent}: fires on {profile.Density:P3} of the rows, {profile.MeanActivation:0.##} in the mean where it does"));
        Console.Out.WriteLine($"  raises {string.Join(" ", profile.Raised.Select(Quoted))}; lowers {string.Join(" ", profile.Lowered.Select(Quoted))}");
        foreach (var passage in profile.Passages.Take(3))
            Console.Out.WriteLine(FormattableString.Invariant($"  {passage.Activations[passage.Peak],7:0.00}  {string.Concat(passage.Tokens.Index().Select(token => token.Index == passage.Peak ? $"[{token.Item}]" : token.Item)).ReplaceLineEndings(" ")}"));
    }

    private static string Quoted(TokenEffect token) => $"\"{token.Token}\"";

    private static JsonObject ToJson(FeatureProfile profile) => new()
    {
        ["latent"] = profile.Latent, ["density"] = profile.Density, ["meanActivation"] = profile.MeanActivation,
        ["raises"] = new JsonArray([.. profile.Raised.Select(token => (JsonNode)new JsonObject { ["token"] = token.Token, ["logit"] = token.Logit })]),
        ["lowers"] = new JsonArray([.. profile.Lowered.Select(token => (JsonNode)new JsonObject { ["token"] = token.Token, ["logit"] = token.Logit })]),
        ["passages"] = new JsonArray([.. profile.Passages.Select(passage => (JsonNode)new JsonObject
        {
            ["tokens"] = JsonOutput.Of(passage.Tokens), ["activations"] = JsonOutput.Of(passage.Activations), ["peak"] = passage.Peak,
        })]),
    };
}
