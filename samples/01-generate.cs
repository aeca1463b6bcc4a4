#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Load a model, ask it something, print the answer while it grows.
//   dotnet run samples/01-generate.cs [-- QUESTION [MODEL]]

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;

using var model = ModelLoader.Load(args.Length > 1 ? args[1] : "models/pip");
string question = args.Length > 0 ? args[0] : "I have no friends here. What can I do?";
// Chat models are asked in the words of their template; others go on with a text.
int[] prompt = model.ChatTemplate is null ? model.EncodeText(question) : model.EncodeChat(Chat.User(question));

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
