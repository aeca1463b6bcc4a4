#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Read a trait while the model writes: before the first token, and at every token, in the pass that generates.
//   dotnet run samples/06-monitor.cs -- MODEL VECTOR.safetensors LAYER "What should I do with a lost wallet?"

using System.Globalization;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

using var model = ModelLoader.Load(args[0]);
var trait = MonitoredTrait.Of("evil", SteeringVector.Load(args[1]), int.Parse(args[2], CultureInfo.InvariantCulture));

// A sink of the generator. The text is the same, bit for bit, as without it.
var monitor = new TraitMonitor(model, [trait]);
var request = new GenerationRequest(model.EncodeChat(Chat.User(args[3])), model.GenerationDefaults with { MaxTokens = 60 });
var text = new Generator(model) { Sinks = [monitor] }.Generate(request);

var read = monitor.Texts[0];
Console.WriteLine($"{text.Text}\nbefore the first token: {read.Answer[0].Before:F2}");
for (int position = request.PromptIds.Count; position < read.Trace.End; position++)
    Console.WriteLine($"{read.Trace[position][0],8:F2}  {model.RequireTokenizer().Decode([read.IdAt(position)])}");
