using System.Text.Json;
using Trimtab.Models;

namespace Trimtab.Steering;

/// <summary>What a fitted vector records about how it came to be.</summary>
internal static class FitProvenance
{
    /// <summary>The provenance of a method's fit on pairs of answers.</summary>
    public static Provenance Of(ISteeringMethod method, LoadedModel model, ContrastSet data, TokenRule tokens, IReadOnlyDictionary<string, double> residualNorms) =>
        Provenance.For(model, SteeringMethods.NameOf(method)) with
        {
            MethodOptions = JsonSerializer.SerializeToElement(SteeringMethods.OptionsOf(method)),
            DataHash = data.Hash,
            ExampleCount = data.Pairs.Length,
            TokenRule = tokens.Name(),
            ChatTemplateHash = model.ChatTemplate?.Hash,
            ResidualNorms = residualNorms,
        };
}
