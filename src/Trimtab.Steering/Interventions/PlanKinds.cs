using System.Collections.Frozen;
using System.Reflection;

namespace Trimtab.Steering;

/// <summary>The name that plan files use for a kind of edit or gate.</summary>
public abstract class PlanNameAttribute(string name) : Attribute
{
    /// <summary>The name, in kebab case.</summary>
    public string Name { get; } = name;
}

/// <summary>A registered kind of edit or gate: its name in plan files, its type, and how its members are read.</summary>
internal sealed record PlanKind<T>(string Name, Type Type, Func<PlanMembers, T> Read);

/// <summary>Every edit, or every gate, that carries its attribute. The kind's file holds all there is to know of it, its plan form included.</summary>
internal static class PlanKinds<T> where T : class
{
    private static readonly Lazy<FrozenDictionary<string, PlanKind<T>>> ByName = new(() => typeof(T).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract)
        .Select(Register)
        .ToFrozenDictionary(kind => kind.Name));

    public static IReadOnlyDictionary<string, PlanKind<T>> All => ByName.Value;

    public static string NameOf(T value) => ByName.Value.Values.Single(kind => kind.Type == value.GetType()).Name;

    /// <summary>Reads an object whose member "type" names the kind.</summary>
    public static T Read(PlanMembers members)
    {
        string type = members.Text("type");
        if (!All.TryGetValue(type, out var kind))
            throw members.Bad("type", $"known {Word}s are {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}");
        var value = kind.Read(members);
        members.RequireAllRead();
        return value;
    }

    private static string Word => typeof(T).Name.ToLowerInvariant();

    private static PlanKind<T> Register(Type type)
    {
        var attribute = type.GetCustomAttribute<PlanNameAttribute>()
            ?? throw new InvalidOperationException($"{typeof(T).Name}: {type.Name} has no [{typeof(T).Name}(\"name\")] attribute, so a plan file cannot name it.");
        var read = type.GetMethod("Read", BindingFlags.Static | BindingFlags.NonPublic, [typeof(PlanMembers)])
            ?? throw new InvalidOperationException($"{typeof(T).Name}: {type.Name} has no static Read(PlanMembers), so a plan file cannot hold it.");
        return new PlanKind<T>(attribute.Name, type, read.CreateDelegate<Func<PlanMembers, T>>());
    }
}
