using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Edits;

/// <summary>What every kind of edit must hold to.</summary>
public sealed class EditInvariantTests
{
    public static TheoryNames Kinds { get; } = new(All.Keys);

    [Fact]
    public void Neutral_settings_return_the_rows_themselves()
    {
        var rows = Rows(11, 4);
        var rotation = Orthonormal(2);
        foreach (var edit in (Edit[])
            [
                new Add(Direction.Of(A), Strength.Raw(0)), new Ablate(Direction.Of(A), 0), new NormPreservingAdd(Direction.Of(A), Strength.Raw(0)),
                new ClampProjection(Direction.Of(A), Strength.Raw(-1000), Strength.Raw(1000)), new Rotate(Direction.Of(A), Direction.Of(B), 0),
                new Rotate(Direction.Of(A), Direction.Of(B), -720), new LowRank(rotation, rotation, Tensor.From([0f, 0])),
            ])
            Assert.Same(rows, Apply(edit, rows));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_row_comes_out_the_same_alone_and_among_others_and_is_not_written_to(string kind)
    {
        var rows = Rows(12, 9);
        float[] before = rows.Values.ToArray();
        var together = Apply(All[kind], rows);
        Near.Identical(before, rows.Values, "the rows that went in");
        Assert.NotEqual(before, together.Values.ToArray());
        for (int row = 0; row < rows.RowCount; row++)
            Near.Identical(Apply(All[kind], rows.TakeRows([row])).Values, together.Row(row), $"{kind}, row {row}");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_gradient_equals_the_central_difference(string kind) => GradientEqualsDifference(Compiled(All[kind]), Rows(13, 3), Rows(14, 3), 5);

    [Fact]
    public void A_low_rank_edit_that_begins_at_the_identity_is_trained_from_there()
    {
        Tensor rotation = Orthonormal(2), rows = Rows(15, 4), sent = Rows(16, 4);
        Parameter weight = new("weight", rotation.Keep()), bias = new("bias", Tensor.From([0f, 0]));
        var edit = Compiled(new LowRank(rotation, weight.Value, bias.Value));
        edit.Apply(rows).Backward(sent);
        for (int k = 0; k < 2; k++)
        {
            // y = x + Rᵀ (W x + b − R x), so what comes back to W x + b is R times what is sent.
            double[] along = [.. Enumerable.Range(0, 4).Select(row => Dot(sent.Row(row), rotation.Row(k)))];
            Assert.Equal(along.Sum(), bias.Gradient.Values[k], 1e-4);
            for (int i = 0; i < Width; i += 7)
                Assert.Equal(along.Select((value, row) => value * rows.Row(row)[i]).Sum(), weight.Gradient.Row(k)[i], 1e-4);
        }
        bias.Value.Values[0] = 1;
        Assert.NotEqual(rows.Values.ToArray(), edit.Apply(rows).Values.ToArray());
    }

    [Fact]
    public void What_cannot_be_trained_is_refused_by_name()
    {
        var trained = Direction.Of(new Parameter("v", A.Keep()).Value);
        foreach (var edit in (Edit[])[new Ablate(trained), new ClampProjection(trained, Strength.Raw(-1)), new Rotate(trained, Direction.Of(B), 25), new Rotate(Direction.Of(A), trained, 25)])
            Assert.Contains("blocks.1.resid_post it is trained", Assert.Throws<SteeringException>(() => Compiled(edit)).Message, StringComparison.Ordinal);
        var rotation = new Parameter("rotation", Orthonormal(2)).Value;
        Assert.Contains("the rotation is trained", Assert.Throws<ArgumentException>(() => new LowRank(rotation, Orthonormal(2), Tensor.From([0f, 0]))).Message, StringComparison.Ordinal);
        foreach (var edit in (Edit[])[new Add(trained, Strength.Raw(1)), new NormPreservingAdd(trained, Strength.Raw(1))])
            Assert.True(Apply(edit, Rows(17, 2)).WantsGradient);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Chunks_caches_and_batches_change_no_bit_and_other_rows_keep_theirs(string kind)
    {
        int[] ids = GoldenModel.Of("llama").Ids("seqB.input_ids");
        var steering = SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], Tokens.AfterPrompt, All[kind])).Compile(Model);
        var (plain, whole) = (Run(new Sequence(ids, 20)), Run(new Sequence(ids, 20, steering)));
        using var cache = new KvCache(Model.LayerCount);
        Near.Identical(whole.Values, Run(new Sequence(ids, 20, steering) { Cache = cache }, chunk: 5).Values, "in chunks");
        Near.Identical(plain.Slice(0, 19).Values, whole.Slice(0, 19).Values, "rows before the first one that is edited");
        for (int row = 19; row < ids.Length; row++)
            Assert.NotEqual(plain.Row(row).ToArray(), whole.Row(row).ToArray());
        var batch = new[] { new Sequence(ids, 20, steering), new Sequence(ids, 20) };
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(Model, batch, [capture]);
        run.Forward(LogitRows.All);
        Near.Identical(whole.Values, capture.Of(batch[0], HookPoint.Logits).Values, "steered, in a batch");
        Near.Identical(plain.Values, capture.Of(batch[1], HookPoint.Logits).Values, "beside a steered one");
    }

    private static Tensor Run(Sequence sequence, int chunk = 512)
    {
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(Model, [sequence], [capture]) { ChunkSize = chunk };
        run.Forward(LogitRows.All);
        return capture.Of(sequence, HookPoint.Logits);
    }
}
