using System.Text.Json;
using Trimtab.Evaluation.Screening;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Testing;

namespace Trimtab.Evaluation.Tests.Screening;

/// <summary>A tiny model that speaks in words "w1", "w2", …, directions in it, and chats for it in a folder that is gone after the tests.</summary>
public sealed class Words : IDisposable
{
    private readonly WordModel _words = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-screen-");

    public LoadedModel Model => _words.Model;

    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>The model with one file of its folder written anew; the weights are the same.</summary>
    public LoadedModel WithFile(string name, string text)
    {
        File.WriteAllText(Path.Combine(_words.Folder, name), text);
        return ModelLoader.Load(_words.Folder);
    }

    /// <summary>Two traits at two blocks, by directions that are drawn.</summary>
    public IReadOnlyList<ScreenTrait> Traits => [Trait("first", 1), Trait("second", 2)];

    public static ScreeningOptions Short { get; } = new() { MaxAnswerTokens = 5 };

    public ScreenTrait Trait(string name, int layer) => new(name, Vector(name, layer), layer);

    public SteeringVector Vector(string name, int layer)
    {
        var random = new Random(name.Length + 10 * layer);
        float[] values = [.. Enumerable.Range(0, Model.Config.HiddenSize).Select(_ => (float)random.NextDouble() - 0.5f)];
        return SteeringVector.FromDirections([(HookPoint.ResidPost(layer), Tensor.From(values))], new Provenance { ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.BlockOutput) }, $"{name}.gguf");
    }

    public Screener Screener(ScreeningOptions? options = null) => new(Model, Traits, options ?? Short);

    public static Chat Chat(int number) => Trimtab.Models.Text.Chat.User($"w{10 + number} w{20 + 3 * number}").WithAssistant(string.Join(' ', Enumerable.Range(0, 2 + number % 4).Select(i => $"w{50 + 7 * number + i}")));

    public static ScreenRow Row(int number) => new(number + 1, ScreenSample.OfChat(Chat(number)));

    public static ScreenRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(Row)];

    /// <summary>A file of chats, one of them no chat, and a blank line.</summary>
    public string Chats(string name, int count)
    {
        string[] lines = [.. Enumerable.Range(0, count).Select(number => Line(Chat(number)))];
        lines[1] = "{\"messages\": [";
        File.WriteAllText(this[name], string.Join('\n', [.. lines[..3], "", .. lines[3..]]) + "\n");
        return this[name];
    }

    public static string Line(Chat chat) => JsonSerializer.Serialize(new { messages = chat.Select(message => new { role = message.Role, content = message.Content }) });

    public static List<ScreenedRow> All(IEnumerable<IReadOnlyList<ScreenedRow>> windows) => [.. windows.SelectMany(window => window)];

    public void Dispose()
    {
        _words.Dispose();
        _folder.Delete(recursive: true);
    }
}
