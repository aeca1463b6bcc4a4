#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Load a model, continue a text, print it while it grows.
//   dotnet run samples/01-generate.cs -- MODEL [TEXT]

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;

using var model = ModelLoader.Load(args[0]);
int[] prompt = model.EncodeText(args.Length > 1 ? args[1] : "Once upon a time");

// What the checkpoint's author recommends, with a seed of our own: the same seed gives the same text.
var options = model.GenerationDefaults with { Sample = true, Temperature = 0.8f, TopP = 0.95f, MaxTokens = 64, Seed = 1 };

double logProbability = 0;
int count = 0;
await foreach (var token in new Generator(model).StreamAsync(new GenerationRequest(prompt, options)))
{
    Console.Write(token.Text);
    (logProbability, count) = (logProbability + token.LogProbability, count + 1);
}
Console.WriteLine();
Console.WriteLine($"{count} tokens, {logProbability / count:F2} nats each.");
