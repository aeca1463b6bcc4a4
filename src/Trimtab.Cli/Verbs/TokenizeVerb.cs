using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab tokenize TEXT | --decode IDS</summary>
internal static class TokenizeVerb
{
    public static Command Create()
    {
        var text = new Argument<string?>("text") { Description = "The text to encode.", Arity = ArgumentArity.ZeroOrOne };
        var ids = CommonOptions.Ids("--decode", "Token ids to turn into text, separated by commas.");
        var noSpecial = new Option<bool>("--no-special") { Description = "Encode without the special tokens around a text; decode without showing special tokens." };
        var model = new Option<string>("--model", "-m") { Description = "A model folder, a .gguf file, a tokenizer.json or a tokenizer.model.", Required = true };
        var json = CommonOptions.Json();
        return new Command("tokenize", "Token ids of a text, or the text of token ids.") { text, ids, noSpecial, model, json }.Does((parsed, _) =>
        {
            var tokenizer = TokenizerFiles.Load(parsed.GetValue(model)!);
            bool special = !parsed.GetValue(noSpecial);
            int[] encoded = (parsed.GetValue(text), parsed.GetResult(ids) is null ? null : parsed.GetValue(ids)) switch
            {
                ({ } given, null) => tokenizer.Encode(given, addSpecialTokens: special),
                (null, { } given) => given,
                _ => throw new ArgumentException("Give either a text or --decode 1,2,3."),
            };
            string[] tokens = [.. encoded.Select(tokenizer.TokenText)];
            string shown = parsed.GetValue(text) ?? tokenizer.Decode(encoded, skipSpecialTokens: !special);
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["ids"] = JsonOutput.Of(encoded), ["tokens"] = JsonOutput.Of(tokens), ["text"] = shown });
            else if (parsed.GetResult(ids) is not null)
                Console.Out.WriteLine(shown);
            else
                foreach (var (id, token) in encoded.Zip(tokens))
                    Console.Out.WriteLine($"{id,8}  {token}");
        });
    }
}
