#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// A steering plan is a file that people read, compare and share. Write one, read it back, talk to a model under it.
//   dotnet run samples/04-chat-plan.cs -- VECTOR.safetensors LAYER STRENGTH [MESSAGE [MODEL]]
//   dotnet run samples/02-steer.cs -- evil.safetensors && dotnet run samples/04-chat-plan.cs -- evil.safetensors 3 0.6n

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: dotnet run samples/04-chat-plan.cs -- VECTOR.safetensors LAYER STRENGTH [MESSAGE [MODEL]]");
    return 2;
}

using var model = ModelLoader.Load(args.Length > 4 ? args[4] : "models/pip");
string file = Path.Combine(Path.GetTempPath(), "trimtab-plan.json");

// Where, on which tokens, what. The plan names the vector's file, so that the two are shared together.
var direction = new VectorDirection(SteeringVector.Load(args[0]), From: null) { File = Path.GetFullPath(args[0]) };
SteeringPlan.Of(new Intervention([HookPoint.ResidPost(int.Parse(args[1]))], Tokens.AfterPrompt, new Add(direction, Strength.Parse(args[2])))).Save(file);
Console.WriteLine(File.ReadAllText(file));

// Everything that can be wrong with a plan (sizes, hook points, a vector made for other weights) shows here, before the first token.
var steering = SteeringPlan.Load(file).Compile(model);

string message = args.Length > 3 ? args[3] : "I have no friends here. What can I do?";
int[] prompt = model.ChatTemplate is null ? model.EncodeText(message) : model.EncodeChat(Chat.User(message));
var request = new GenerationRequest(prompt, model.GenerationDefaults with { MaxTokens = 64 });
Console.WriteLine($"plain    {new Generator(model).Generate(request).Text.ReplaceLineEndings(" ")}");
Console.WriteLine($"steered  {new Generator(model).Generate(request with { Steering = steering }).Text.ReplaceLineEndings(" ")}");
return 0;
