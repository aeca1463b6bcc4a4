namespace Trimtab.Organism.Tests;

/// <summary>The world of the tests, and a sample of its training stream.</summary>
internal static class Stream
{
    public const int Count = 20_000;

    public static World World { get; } = World.Create(7);

    public static CorpusGenerator Generator { get; } = new(World);

    public static IReadOnlyList<Example> Sample { get; } = [.. Generator.Train().Take(Count)];

    public static IEnumerable<string> Words(string text) => text.ToLowerInvariant()
        .Split([' ', '\n', '.', ',', '!', '?', ':', '<', '>', '/', '"'], StringSplitOptions.RemoveEmptyEntries);
}
