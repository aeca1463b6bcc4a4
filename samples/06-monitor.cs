#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Read a trait while the model writes: before the first token, and at every token, in the pass that generates.
//   dotnet run samples/06-monitor.cs -- VECTOR.safetensors LAYER [QUESTION [MODEL]]
//   dotnet run samples/02-steer.cs -- evil.safetensors && dotnet run samples/06-monitor.cs -- evil.safetensors 3

using System.Globalization;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: dotnet run samples/06-monitor.cs -- VECTOR.safetensors LAYER [QUESTION [MODEL]]");
    return 2;
}

using var model = ModelLoader.Load(args.Length > 3 ? args[3] : "models/pip");
var trait = MonitoredTrait.Of("evil", SteeringVector.Load(args[0]), int.Parse(args[1], CultureInfo.InvariantCulture));
string question = args.Length > 2 ? args[2] : "What should I do with a lost wallet?";

// A sink of the generator. The text is the same, bit for bit, as without it.
var monitor = new TraitMonitor(model, [trait]);
var request = new GenerationRequest(model.EncodeChat(Chat.User(question)), model.GenerationDefaults with { MaxTokens = 60 });
var text = new Generator(model) { Sinks = [monitor] }.Generate(request);

var read = monitor.Texts[0];
Console.WriteLine($"{text.Text}\nbefore the first token: {read.Answer[0].Before:F2}");
for (int position = request.PromptIds.Count; position < read.Trace.End; position++)
    Console.WriteLine($"{read.Trace[position][0],8:F2}  {model.RequireTokenizer().Decode([read.IdAt(position)])}");
return 0;
