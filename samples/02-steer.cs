#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Fit a direction to contrasting answers and add it to the residual stream: the same prompt, three strengths.
//   dotnet run samples/02-steer.cs -- MODEL [PAIRS [VECTOR_TO_WRITE]]

using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;

using var model = ModelLoader.Load(args[0]);
var pairs = ContrastSet.Load(args.Length > 1 ? args[1] : "data/contrast/mood.jsonl");

// v = mean of the happy answers' activations minus mean of the sad ones', at the output of every block. PromptForm.Chat for chat models.
var mood = new MeanDifference { Form = PromptForm.Raw }.Fit(model, pairs);
if (args.Length > 2)
    mood.Save(args[2]);
Console.WriteLine(mood);

int layer = (model.LayerCount - 1) / 2;
int[] prompt = model.EncodeText("Once upon a time");
foreach (float strength in (float[])[-0.2f, 0, 0.2f])
{
    // A view of the same weights; the model itself is never changed. 0.2 moves a typical row of the residual stream by 20 % of its length.
    var steered = model.With(mood.At(layer, Strength.OfNorm(strength)));
    var text = new Generator(steered).Generate(new GenerationRequest(prompt, new GenerationOptions { MaxTokens = 48 }));
    Console.WriteLine($"{strength,5:+0.0;-0.0;0.0}  Once upon a time{text.Text.ReplaceLineEndings(" ")}");
}
