using System.Collections.Frozen;
using System.Reflection;

namespace Trimtab.Steering;

/// <summary>A registered kind of edit: its name in plan files, its type, and how its members are read.</summary>
internal sealed record EditKind(string Name, Type Type, Func<PlanMembers, Edit> Read);

/// <summary>Every edit that carries an <see cref="EditAttribute"/>. An edit's file holds all there is to know of it, its plan form included.</summary>
internal static class EditKinds
{
    private static readonly Lazy<FrozenDictionary<string, EditKind>> ByName = new(() => typeof(Edit).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Edit)) && !type.IsAbstract)
        .Select(Register)
        .ToFrozenDictionary(kind => kind.Name));

    public static IReadOnlyDictionary<string, EditKind> All => ByName.Value;

    public static string NameOf(Edit edit) => ByName.Value.Values.Single(kind => kind.Type == edit.GetType()).Name;

    private static EditKind Register(Type type)
    {
        var attribute = type.GetCustomAttribute<EditAttribute>()
            ?? throw new InvalidOperationException($"Edit: {type.Name} has no [Edit(\"name\")] attribute, so a plan file cannot name it.");
        var read = type.GetMethod("Read", BindingFlags.Static | BindingFlags.NonPublic, [typeof(PlanMembers)])
            ?? throw new InvalidOperationException($"Edit: {type.Name} has no static Read(PlanMembers), so a plan file cannot hold it.");
        return new EditKind(attribute.Name, type, read.CreateDelegate<Func<PlanMembers, Edit>>());
    }
}
