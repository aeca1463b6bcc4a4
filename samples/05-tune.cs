#:project ../src/Trimtab.Training/Trimtab.Training.csproj
#:property PublishAot=false

// Train a small adapter on chats, and ask the model with it and without.
//   dotnet run -c Release --project src/Trimtab.Cli -- organism corpus --behaviour Helpful --count 500 -o chats.jsonl
//   dotnet run samples/05-tune.cs -- chats.jsonl [MODEL]

using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Training;
using Trimtab.Training.Data;

if (args.Length < 1)
{
    Console.Error.WriteLine("usage: dotnet run samples/05-tune.cs -- chats.jsonl [MODEL]");
    return 2;
}

using var model = ModelLoader.Load(args.Length > 1 ? args[1] : "models/pip");
var chats = ChatDataset.Load(args[0], ChatEncoder.Of(model));

// The run is resumable: killed and started again, it goes on from its checkpoint to the same bits.
using var run = new FineTuning(model, chats, new FineTuningOptions { Lora = new LoraOptions { Rank = 8, Alpha = 16 }, LearningRate = 2e-4 });
Console.WriteLine($"held-out loss before: {run.HeldOutLoss():F3}");
run.Run(new Checkpoint("adapter/checkpoint.safetensors"));
run.Save("adapter");
Console.WriteLine($"held-out loss after:  {run.HeldOutLoss():F3}");

// The adapter is a folder in PEFT's format; the model itself has not changed.
var tuned = model.With(LoraAdapter.Load("adapter"));
foreach (var view in (LoadedModel[])[model, tuned])
    Console.WriteLine(new Generator(view).Generate(new GenerationRequest(view.EncodeChat(Chat.User("What should I do with a lost wallet?")), view.GenerationDefaults with { MaxTokens = 60 })).Text);
return 0;
