using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>A way to find a direction from contrasting examples. A method is a record whose init properties are its options; its attribute registers it.</summary>
public interface ISteeringMethod
{
    /// <summary>Fits a vector for one model.</summary>
    /// <param name="model">The model whose activations are read.</param>
    /// <param name="data">The contrasting answers.</param>
    /// <param name="progress">Told how many answers are read, two for each pair.</param>
    /// <param name="cancellation">Ends the fit between layers.</param>
    SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default);
}

/// <summary>Registers a method under the name that commands and provenance use.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SteeringMethodAttribute(string name) : Attribute
{
    /// <summary>The name, in kebab case.</summary>
    public string Name { get; } = name;

    /// <summary>Where the method was published.</summary>
    public string? Paper { get; init; }
}

/// <summary>Every registered method.</summary>
public static class SteeringMethods
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    private static readonly Lazy<FrozenDictionary<string, Type>> ByName = new(() => typeof(ISteeringMethod).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<SteeringMethodAttribute>() is not null)
        .ToFrozenDictionary(type => type.GetCustomAttribute<SteeringMethodAttribute>()!.Name));

    /// <summary>The method types by name.</summary>
    public static IReadOnlyDictionary<string, Type> All => ByName.Value;

    /// <summary>A method with its options, which have the same names as in the record, in kebab case.</summary>
    /// <exception cref="ArgumentException">The method, an option or a value is not known.</exception>
    public static ISteeringMethod Create(string name, JsonObject options)
    {
        if (!All.TryGetValue(name, out var type))
            throw new ArgumentException($"Method: '{name}' is not known. Known are {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}.", nameof(name));
        try
        {
            return (ISteeringMethod)options.Deserialize(type, Options)!;
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"Method {name}: an option is not understood — {e.Message}", nameof(options), e);
        }
    }

    /// <summary>The name that a method is registered under.</summary>
    public static string NameOf(ISteeringMethod method) => method.GetType().GetCustomAttribute<SteeringMethodAttribute>()!.Name;

    /// <summary>A method's options as JSON: what provenance records.</summary>
    public static JsonObject OptionsOf(ISteeringMethod method) => JsonSerializer.SerializeToNode(method, method.GetType(), Options)!.AsObject();
}
