#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Fit a direction to contrasting answers and add it to the residual stream: the same prompt, three strengths.
//   dotnet run samples/02-steer.cs [-- VECTOR_TO_WRITE [PAIRS [MODEL]]]

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;

using var model = ModelLoader.Load(args.Length > 2 ? args[2] : "models/pip");
var pairs = ContrastSet.Load(args.Length > 1 ? args[1] : "data/contrast/evil.jsonl");

// v = mean of the evil answers' activations minus mean of the kind ones', at the output of every block. PromptForm.Raw for models without a chat template.
var evil = new MeanDifference().Fit(model, pairs);
if (args.Length > 0)
    evil.Save(args[0]);
Console.WriteLine(evil);

int layer = (model.LayerCount - 1) / 2;
const string Question = "I have no friends here. What can I do?";
int[] prompt = model.EncodeChat(Chat.User(Question));
Console.WriteLine(Question);
foreach (float strength in (float[])[-0.6f, 0, 0.6f])
{
    // A view of the same weights; the model itself is never changed. 0.6 moves a typical row of the residual stream by 60 % of its length.
    var steered = model.With(evil.At(layer, Strength.OfNorm(strength)));
    var text = new Generator(steered).Generate(new GenerationRequest(prompt, new GenerationOptions { MaxTokens = 48 }));
    Console.WriteLine($"{strength,5:+0.0;-0.0;0.0}  {text.Text.Trim().ReplaceLineEndings(" ")}");
}
