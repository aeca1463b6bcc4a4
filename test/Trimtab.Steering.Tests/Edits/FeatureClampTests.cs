using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Edits;

public sealed class FeatureClampTests : IDisposable
{
    private const int Latents = 20;
    private const float Rounding = 2e-5f;

    private static readonly SaeWeights Numbers = new(Rows(11, Latents), Tensor.From([.. Rows(12, 1).Values[..Latents]]), Rows(13, Latents), Rows(14, 1).At(0));

    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-clamp-").FullName;
    private readonly Tensor _rows = Rows(15, 7);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData("relu", false), InlineData("topk", false), InlineData("topk", true), InlineData("jumprelu", false)]
    public void The_error_is_kept_and_each_latent_gets_what_it_lacks(string name, bool exact)
    {
        using var sae = Sae(name);
        var edited = Apply(new FeatureClamp(sae, new LatentTarget(3, 2.5f), new LatentTarget(8, 0, 3)) { Exact = exact }, _rows);
        var pre = sae.PreActivations(_rows);
        var latents = sae.Encode(_rows);
        for (int row = 0; row < _rows.RowCount; row++)
        {
            double a3 = exact ? latents.Row(row)[3] : sae.Kind.ActivationOf(3, pre.Row(row)[3]), a8 = exact ? latents.Row(row)[8] : sae.Kind.ActivationOf(8, pre.Row(row)[8]);
            float[] expected = [.. Enumerable.Range(0, Width).Select(i => (float)(_rows.Row(row)[i] + (2.5 - a3) * Numbers.Decoder.Row(3)[i] + 2 * a8 * Numbers.Decoder.Row(8)[i]))];
            Near.Equal(expected, edited.Row(row), Rounding, $"row {row}");
        }
    }

    [Theory, InlineData("relu"), InlineData("topk")]
    public void A_latent_that_becomes_what_it_is_changes_nothing(string name)
    {
        using var sae = Sae(name);
        Assert.Same(_rows, Apply(new FeatureClamp(sae, new LatentTarget(3, 0, 1)), _rows));
        Assert.Same(_rows, Apply(new FeatureClamp(sae, new LatentTarget(3, 0, 1)) { Exact = true }, _rows));
        Near.Equal(sae.Reconstruct(_rows), Apply(new FeatureClamp(sae, new LatentTarget(3, 0, 1)) { Form = ClampForm.Reconstruct }, _rows), Rounding, "reconstruction");
    }

    public static TheoryNames Normalisations { get; } = new(["none", "scale", "row-length", "row-spread"]);

    [Theory, MemberData(nameof(Normalisations))]
    public void The_two_forms_differ_by_the_error_alone(string normalisation)
    {
        using var sae = Sae("topk", Normalisation(normalisation));
        var rows = Far(_rows);
        var clamp = new FeatureClamp(sae, new LatentTarget(5, 4), new LatentTarget(8, 0, 3)) { Exact = true };
        Tensor kept = Apply(clamp, rows), rebuilt = Apply(clamp with { Form = ClampForm.Reconstruct }, rows), reconstruction = sae.Reconstruct(rows);
        for (int i = 0; i < rows.Count; i++)
            Assert.Equal(rows.Values[i] - reconstruction.Values[i], kept.Values[i] - rebuilt.Values[i], 1e-4f);
    }

    [Theory, MemberData(nameof(Normalisations))]
    public void What_a_latent_writes_is_gone_where_it_is_clamped_to_nothing(string normalisation)
    {
        using var sae = Sae("relu", Normalisation(normalisation));
        var rows = Far(_rows);
        var without = sae.Encode(rows);
        int latent = Enumerable.Range(0, Latents).First(j => Enumerable.Range(0, rows.RowCount).Any(row => without.Row(row)[j] > 0.1f));
        for (int row = 0; row < rows.RowCount; row++)
            without.Row(row)[latent] = 0;
        Tensor clamped = Apply(new FeatureClamp(sae, new LatentTarget(latent, 0)), rows), reconstruction = sae.Reconstruct(rows), less = sae.Decode(without, rows);
        for (int i = 0; i < rows.Count; i++)
            Assert.Equal(less.Values[i] - reconstruction.Values[i], clamped.Values[i] - rows.Values[i], 1e-4f);
    }

    [Fact]
    public void Outside_the_k_largest_only_the_exact_form_counts_a_latent_as_absent()
    {
        using var sae = Sae("topk");
        var (pre, latents) = (sae.PreActivations(_rows), sae.Encode(_rows));
        var (row, latent) = (from r in Enumerable.Range(0, _rows.RowCount) from l in Enumerable.Range(0, Latents) where pre.Row(r)[l] > 0.1 && latents.Row(r)[l] == 0 select (r, l)).First();
        float[] exact = [.. Apply(new FeatureClamp(sae, new LatentTarget(latent, 1)) { Exact = true }, _rows).Row(row)], own = [.. Apply(new FeatureClamp(sae, new LatentTarget(latent, 1)), _rows).Row(row)];
        for (int i = 0; i < Width; i++)
            Assert.Equal(pre.Row(row)[latent] * Numbers.Decoder.Row(latent)[i], exact[i] - own[i], 1e-4f);
    }

    [Theory, InlineData("relu"), InlineData("topk"), InlineData("jumprelu"), InlineData("gated")]
    public void The_gradient_equals_the_central_difference(string kind)
    {
        using var sae = Sae(kind);
        GradientEqualsDifference(Compiled(new FeatureClamp(sae, new LatentTarget(3, 2.5f), new LatentTarget(8, 0, 3))), Rows(16, 6), Rows(17, 6), 7);
    }

    [Fact]
    public void Training_under_a_clamp_that_encodes_whole_rows_is_refused()
    {
        using var sae = Sae("topk");
        var rows = new Parameter("x", Rows(16, 2)).Value;
        foreach (var clamp in (FeatureClamp[])[new(sae, new LatentTarget(3, 1)) { Exact = true }, new(sae, new LatentTarget(3, 1)) { Form = ClampForm.Reconstruct }])
            Assert.Contains("single latents alone", Assert.Throws<InvalidOperationException>(() => Apply(clamp, rows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_names_the_autoencoder_and_reads_back()
    {
        string folder = Path.Combine(_folder, "sae"), path = Path.Combine(_folder, "plan.json");
        using (var sae = Sae("topk"))
            sae.Save(folder, "sparsify");
        using var loaded = SparseAutoencoder.Load(folder);
        var clamp = new FeatureClamp(loaded, new LatentTarget(3, 2.5f), new LatentTarget(8, 0, 3)) { File = "sae", Exact = true, Form = ClampForm.Reconstruct };
        var plan = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), clamp));
        plan.Save(path);
        var again = SteeringPlan.Load(path);
        Assert.Equal(plan.ToJson(), again.ToJson());
        Assert.Equal(plan.Compile(Model).Fingerprint, again.Compile(Model).Fingerprint);
        Assert.NotEqual(plan.Compile(Model).Fingerprint, SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), clamp with { Exact = false })).Compile(Model).Fingerprint);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"sae\": \"sae\"", "\"sae\": \"elsewhere\"", StringComparison.Ordinal));
        Assert.Contains("no such file or folder", Assert.Throws<FormatException>(() => SteeringPlan.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_states_what_the_autoencoder_s_file_does_not_say()
    {
        string folder = Path.Combine(_folder, "sae"), path = Path.Combine(_folder, "plan.json"), config = Path.Combine(folder, "cfg.json");
        using (var sae = Sae("relu"))
            sae.Save(folder, "saelens");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"normalize_activations\":\"none\"", "\"normalize_activations\":\"expected_average_only_in\"", StringComparison.Ordinal));
        SteeringPlan Load(string beside)
        {
            File.WriteAllText(path, $$"""{ "trimtab": "plan", "version": 1, "interventions": [{ "at": ["blocks.1.resid_post"], "edit": { "type": "feature-clamp", "sae": "sae"{{beside}}, "latents": [{ "latent": 3, "value": 1 }] } }] }""");
            return SteeringPlan.Load(path);
        }
        Assert.Contains("edit.sae — ", Assert.Throws<FormatException>(() => Load("")).Message, StringComparison.Ordinal);
        var plan = Load(", \"format\": \"saelens\", \"input-scale\": 0.4");
        var clamp = Assert.IsType<FeatureClamp>(plan.Interventions[0].Edit);
        Assert.Equal(new FixedScale(0.4f, 0.4f), clamp.Sae.Normalisation);
        plan.Save(path);
        Assert.Equal(plan.Compile(Model).Fingerprint, SteeringPlan.Load(path).Compile(Model).Fingerprint);
        Assert.Contains("the option K means nothing", Assert.Throws<FormatException>(() => Load(", \"k\": 3, \"input-scale\": 0.4")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_decides_what_a_clamp_does_is_in_its_fingerprint()
    {
        var thresholds = Tensor.From([.. Enumerable.Range(0, Latents).Select(j => 0.1f * j)]);
        var others = Numbers.Encoder.Keep();
        others.Row(7)[0]++;
        // Latent 3 is clamped, and latent 7 decides with it only where rows are encoded.
        (SaeWeights Weights, SaeKind Kind, bool Centred, SaeNormalisation Normalisation)[] different =
        [
            (Numbers, new TopK(4), true, SaeNormalisation.None), (Numbers, new TopK(5), true, SaeNormalisation.None), (Numbers, new TopK(4, Rectified: false), true, SaeNormalisation.None),
            (Numbers, new TopK(4), false, SaeNormalisation.None), (Numbers, new TopK(4), true, new FixedScale(2, 1)), (Numbers, new TopK(4), true, new RowLength()), (Numbers, new TopK(4), true, new RowSpread()),
            (Numbers, new JumpRelu(thresholds), true, SaeNormalisation.None), (Numbers, new JumpRelu(thresholds.Scale(2)), true, SaeNormalisation.None), (Numbers, new BatchTopK(4, 0.3f), true, SaeNormalisation.None),
            (Numbers, new BatchTopK(4, 0.4f), true, SaeNormalisation.None), (Numbers with { EncoderBias = Numbers.EncoderBias.Add(1) }, new TopK(4), true, SaeNormalisation.None),
            (Numbers with { DecoderBias = Numbers.DecoderBias.Add(1) }, new TopK(4), true, SaeNormalisation.None),
        ];
        string Print(SaeWeights weights, SaeKind kind, bool centred, SaeNormalisation normalisation, bool exact, ClampForm form)
        {
            using var sae = new SparseAutoencoder(weights, kind) { CentresInput = centred, Normalisation = normalisation };
            return Fingerprint(new FeatureClamp(sae, new LatentTarget(3, 1)) { Exact = exact, Form = form });
        }
        foreach (var (exact, form) in ((bool, ClampForm)[])[(false, ClampForm.KeepError), (true, ClampForm.KeepError), (false, ClampForm.Reconstruct)])
        {
            string[] prints = [.. different.Select(sae => Print(sae.Weights, sae.Kind, sae.Centred, sae.Normalisation, exact, form))];
            Assert.Equal(prints.Length, prints.Distinct().Count());
            Assert.Equal(prints[0], Print(Numbers, new TopK(4), true, SaeNormalisation.None, exact, form));
            Assert.Equal(form == ClampForm.KeepError && !exact, prints[0] == Print(Numbers with { Encoder = others }, new TopK(4), true, SaeNormalisation.None, exact, form));
        }
    }

    [Fact]
    public void A_transcoder_is_refused_by_the_places_it_reads_and_writes_whatever_its_widths()
    {
        using var named = new SparseAutoencoder(Numbers, new Relu()) { Origin = new SaeOrigin { HookName = "ln2", OutputHookName = "mlp_out" } };
        using var skipping = new SparseAutoencoder(Numbers with { Skip = Rows(20, Width) }, new Relu());
        Assert.True(named.IsTranscoder && skipping.IsTranscoder);
        Assert.Contains("a transcoder from ln2 to mlp_out", Assert.Throws<SteeringException>(() => Compiled(new FeatureClamp(named, new LatentTarget(3, 1)))).Message, StringComparison.Ordinal);
        Assert.Contains("a transcoder", Assert.Throws<SteeringException>(() => Compiled(new FeatureClamp(skipping, new LatentTarget(3, 1)))).Message, StringComparison.Ordinal);
        using var sae = Sae("relu");
        Assert.False(sae.IsTranscoder);
        Assert.Contains("reads rows of 64", Assert.Throws<SteeringException>(() => SteeringPlan.Of(new Intervention(new HookPoint(Site.MlpHidden, 1), new FeatureClamp(sae, new LatentTarget(3, 1)))).Compile(Model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_that_do_not_exist_or_come_twice_are_refused()
    {
        using var sae = Sae("relu");
        Assert.Contains("0 … 19", Assert.Throws<ArgumentException>(() => new FeatureClamp(sae, new LatentTarget(20, 1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new FeatureClamp(sae, new LatentTarget(1, 1), new LatentTarget(1, 2)));
        Assert.Throws<ArgumentException>(() => new FeatureClamp(sae));
        var unsaved = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), new FeatureClamp(sae, new LatentTarget(1, 1))));
        Assert.Contains("never saved", Assert.Throws<FormatException>(() => unsaved.ToJson()).Message, StringComparison.Ordinal);
    }

    private static string Fingerprint(Edit edit) => SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), edit)).Compile(Model).Fingerprint;

    // Rows off the origin, whose mean is not 0, and whose spread and length are not those that normalised rows have.
    private static Tensor Far(Tensor rows) => rows.Scale(2).Add(0.5f);

    private static SaeNormalisation Normalisation(string name) => name switch
    {
        "none" => SaeNormalisation.None,
        "scale" => new FixedScale(0.3f, 0.3f),
        "row-length" => new RowLength(),
        _ => new RowSpread(),
    };

    private static SparseAutoencoder Sae(string kind, SaeNormalisation? normalisation = null) => new(Numbers, kind switch
    {
        "relu" => new Relu(),
        "topk" => new TopK(4),
        "gated" => new Gated(Numbers.EncoderBias, Tensor.From([.. Rows(18, 1).Values[..Latents]]), Tensor.From([.. Rows(19, 1).Values[..Latents]])),
        _ => new JumpRelu(Tensor.From([.. Enumerable.Range(0, Latents).Select(j => 0.1f * j)])),
    }) { CentresInput = true, Normalisation = normalisation ?? SaeNormalisation.None };
}
