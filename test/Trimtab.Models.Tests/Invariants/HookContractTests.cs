using System.Numerics.Tensors;
using Trimtab.Models.Hooks;
using Trimtab.Models.Layers;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>The contract of <see cref="Site"/>, bit for bit, on every architecture.</summary>
public sealed class HookContractTests
{
    private static readonly Dictionary<string, int[]> DenseLayersOfSparseModels = new()
    {
        ["mixtral"] = [], ["olmoe"] = [], ["qwen3_moe"] = [], ["qwen2_moe"] = [1], ["deepseek_v2"] = [0], ["deepseek_v3"] = [0],
    };

    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void The_stream_is_what_went_in_plus_what_was_added(string name)
    {
        var model = GoldenModel.Of(name).Model;
        var (recording, sequence) = Runs.Record(model, Runs.LongText(model));
        float[] At(Site site, int layer) => recording.All(new HookPoint(site, layer), sequence);
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            var before = layer == 0 ? recording.All(HookPoint.Embed, sequence) : At(Site.ResidPost, layer - 1);
            Near.Identical(before, At(Site.ResidPre, layer), $"resid_pre of block {layer}");
            var middle = Sum(At(Site.ResidPre, layer), At(Site.AttnOut, layer));
            if (model.Decoder.Blocks[layer] is SequentialBlock)
                Near.Identical(middle, At(Site.ResidMid, layer), $"resid_mid of block {layer}");
            Near.Identical(Sum(middle, At(Site.MlpOut, layer)), At(Site.ResidPost, layer), $"resid_post of block {layer}");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Every_site_of_the_architecture_is_visited_once_in_order(string name)
    {
        var model = GoldenModel.Of(name).Model;
        var expected = new List<HookPoint> { HookPoint.Embed };
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            bool isDense = !DenseLayersOfSparseModels.TryGetValue(name, out int[]? dense) || dense.Contains(layer);
            Site[] sites =
            [
                Site.ResidPre, Site.AttnPattern, Site.AttnHeads, Site.AttnOut, .. name == "gpt_neox" ? (Site[])[] : [Site.ResidMid],
                .. isDense ? (Site[])[Site.MlpHidden] : [Site.RouterLogits, Site.RouterWeights], Site.MlpOut, Site.ResidPost,
            ];
            expected.AddRange(sites.Select(site => new HookPoint(site, layer)));
        }
        expected.AddRange([HookPoint.FinalNorm, HookPoint.Logits]);
        var (recording, _) = Runs.Record(model, Runs.LongText(model), points: Runs.AllPoints(model));
        Assert.Equal(expected, recording.Visits);
        Assert.Equal(expected.ToHashSet(), model.HookPoints.ToHashSet());
    }

    [Theory, MemberData(nameof(Models))]
    public void Rows_have_the_documented_widths(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        var (recording, sequence) = Runs.Record(model, text, points: Runs.AllPoints(model));
        foreach (var point in model.HookPoints)
        {
            int width = recording.Row(point, sequence, 0).Length;
            if (point.Site is Site.Embed or Site.ResidPre or Site.AttnOut or Site.ResidMid or Site.MlpOut or Site.ResidPost or Site.FinalNorm)
                Assert.Equal(model.Config.HiddenSize, width);
            else if (point.Site == Site.AttnPattern)
                Assert.Equal(model.Config.HeadCount * text.Length, width);
            else if (point.Site == Site.Logits)
                Assert.Equal(model.Config.VocabularySize, width);
            else if (point.Site == Site.RouterWeights)
                Assert.Equal(recording.Row(new HookPoint(Site.RouterLogits, point.Layer), sequence, 0).Length, width);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Patterns_are_probabilities_and_look_at_the_past_only(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        var (recording, sequence) = Runs.Record(model, text, points: Runs.AllPoints(model));
        for (int layer = 0; layer < model.LayerCount; layer++)
            for (int position = 0; position < text.Length; position++)
            {
                var row = recording.Row(new HookPoint(Site.AttnPattern, layer), sequence, position);
                for (int head = 0; head < model.Config.HeadCount; head++)
                {
                    var keys = row.AsSpan(head * text.Length, text.Length);
                    Assert.True(keys[(position + 1)..].IndexOfAnyExcept(0f) < 0, $"block {layer}, head {head}: position {position} looks ahead");
                    // A sum of up to 96 probabilities, each off by a few roundings of its own.
                    Assert.Equal(1.0, TensorPrimitives.Sum<float>(keys), 1e-5);
                }
            }
    }

    private static float[] Sum(float[] x, float[] y)
    {
        var z = new float[x.Length];
        TensorPrimitives.Add(x, y, z);
        return z;
    }
}
