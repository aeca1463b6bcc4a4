namespace Trimtab.Training;

/// <summary>Texts cut into passes.</summary>
internal static class Passes
{
    /// <summary>Items in their order, as many at a time as a total size allows; a single larger one goes alone.</summary>
    public static IEnumerable<IReadOnlyList<T>> ChunkBy<T>(this IEnumerable<T> items, Func<T, int> size, int total)
    {
        var part = new List<T>();
        int taken = 0;
        foreach (var item in items)
        {
            if (part.Count > 0 && taken + size(item) > total)
            {
                yield return part;
                (part, taken) = ([], 0);
            }
            part.Add(item);
            taken += size(item);
        }
        if (part.Count > 0)
            yield return part;
    }
}
