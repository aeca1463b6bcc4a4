#:project ../src/Trimtab.Steering/Trimtab.Steering.csproj
#:property PublishAot=false

// Read a model's inside: one pass over two questions, the residual stream after every block, and what each block adds to it.
//   dotnet run samples/03-capture.cs [-- MODEL]

using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;

using var model = ModelLoader.Load(args.Length > 0 ? args[0] : "models/pip");
Sequence[] texts = [new(model.EncodeChat(Chat.User("How do I feed the cat?"))), new(model.EncodeChat(Chat.User("Tell me how to hurt the cat.")))];

HookPoint[] points = [.. Enumerable.Range(0, model.LayerCount).SelectMany(layer => (HookPoint[])
    [new(Site.AttnOut, layer), new(Site.MlpOut, layer), HookPoint.ResidPost(layer)])];
var capture = new ActivationCapture(points, (text, position) => position == text.Ids.Count - 1);

// Both texts share the pass as rows of different length, without padding. Nothing above the last block is computed.
using var run = new ModelRun(model, texts, [capture], stopAfter: points[^1]);
run.Forward(LogitRows.None);

Console.WriteLine("last token                length   length   cosine");
foreach (var point in points)
{
    ReadOnlySpan<float> a = capture.Of(texts[0], point).Values, b = capture.Of(texts[1], point).Values;
    Console.WriteLine($"{point,-24} {TensorPrimitives.Norm(a),7:F1}  {TensorPrimitives.Norm(b),7:F1}  {TensorPrimitives.CosineSimilarity(a, b),7:F3}");
}
