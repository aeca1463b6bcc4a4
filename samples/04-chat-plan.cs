#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// A steering plan is a file that people read, compare and share. Write one, read it back, talk to a model under it.
//   dotnet run samples/04-chat-plan.cs -- MODEL VECTOR.safetensors LAYER STRENGTH [MESSAGE]
//   dotnet run samples/04-chat-plan.cs -- MODEL mood.safetensors 0 -0.2n

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;

using var model = ModelLoader.Load(args[0]);
string file = Path.Combine(Path.GetTempPath(), "trimtab-plan.json");

// Where, on which tokens, what. The plan names the vector's file, so that the two are shared together.
var direction = new VectorDirection(SteeringVector.Load(args[1]), From: null) { File = Path.GetFullPath(args[1]) };
SteeringPlan.Of(new Intervention([HookPoint.ResidPost(int.Parse(args[2]))], Tokens.AfterPrompt, new Add(direction, Strength.Parse(args[3])))).Save(file);
Console.WriteLine(File.ReadAllText(file));

// Everything that can be wrong with a plan (sizes, hook points, a vector made for other weights) shows here, before the first token.
var steering = SteeringPlan.Load(file).Compile(model);

string message = args.Length > 4 ? args[4] : "Tell me about your day.";
int[] prompt = model.ChatTemplate is null ? model.EncodeText(message) : model.EncodeChat(Chat.User(message));
var request = new GenerationRequest(prompt, model.GenerationDefaults with { MaxTokens = 64 });
Console.WriteLine($"plain    {new Generator(model).Generate(request).Text.ReplaceLineEndings(" ")}");
Console.WriteLine($"steered  {new Generator(model).Generate(request with { Steering = steering }).Text.ReplaceLineEndings(" ")}");
