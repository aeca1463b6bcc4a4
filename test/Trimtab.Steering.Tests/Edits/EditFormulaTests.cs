using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Edits.SomeEdits;

namespace Trimtab.Steering.Tests.Edits;

/// <summary>What each edit computes, against plain loops in double precision, and what it promises.</summary>
public sealed class EditFormulaTests
{
    // Values are below 10 and sums have 64 terms.
    private const float Rounding = 1e-5f;

    private readonly Tensor _rows = Rows(10, 7);

    [Fact]
    public void A_norm_preserving_add_is_the_sum_at_the_old_length()
    {
        var edited = Apply(All["norm-preserving-add"], _rows);
        for (int row = 0; row < _rows.RowCount; row++)
        {
            float[] sum = [.. _rows.Row(row).ToArray().Select((x, i) => x + 0.7f * A.Values[i])];
            double scale = Length(_rows.Row(row)) / Length(sum);
            Near.Equal([.. sum.Select(value => (float)(scale * value))], edited.Row(row), Rounding, $"row {row}");
            Assert.Equal(Length(_rows.Row(row)), Length(edited.Row(row)), Rounding);
        }
    }

    [Fact]
    public void A_row_that_the_sum_cancels_stays_zero()
    {
        var edited = Apply(new NormPreservingAdd(Direction.Of(A), Strength.Raw(-1)), A.Reshape(new Shape(1, Width)));
        Assert.All(edited.Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_clamp_bounds_the_coordinate_and_nothing_else()
    {
        var edited = Apply(All["clamp-projection"], _rows);
        double length = Length(A.Values);
        int moved = 0;
        for (int row = 0; row < _rows.RowCount; row++)
        {
            double before = Dot(_rows.Row(row), A.Values) / length, after = Dot(edited.Row(row), A.Values) / length;
            Assert.Equal(Math.Clamp(before, -0.3, 0.2), after, Rounding);
            float[] expected = [.. _rows.Row(row).ToArray().Select((x, i) => (float)(x + (Math.Clamp(before, -0.3, 0.2) - before) * A.Values[i] / length))];
            Near.Equal(expected, edited.Row(row), Rounding, $"row {row}");
            if (before is >= -0.3 and <= 0.2)
                Near.Identical(_rows.Row(row), edited.Row(row), $"row {row}, which lies in the interval");
            else
                moved++;
        }
        Assert.InRange(moved, 1, _rows.RowCount - 1);
    }

    [Fact]
    public void A_clamp_with_one_open_end_leaves_that_side()
    {
        var rows = Tensor.From([.. A.Values.ToArray().Select(x => 3 * x), .. A.Values.ToArray().Select(x => -3 * x)], 2, Width);
        float length = (float)Length(A.Values);
        var low = Apply(new ClampProjection(Direction.Of(A), min: Strength.Raw(length)), rows);
        Near.Identical(rows.Row(0), low.Row(0), "above the least");
        Near.Equal(A.Values, low.Row(1), Rounding, "below the least");
        var high = Apply(new ClampProjection(Direction.Of(A), max: Strength.Raw(-length)), rows);
        Near.Equal([.. A.Values.ToArray().Select(x => -x)], high.Row(0), Rounding, "above the largest");
        Near.Identical(rows.Row(1), high.Row(1), "below the largest");
    }

    [Fact]
    public void A_clamp_in_fractions_of_the_norm_is_in_units_of_the_recorded_norm()
    {
        var vector = SteeringVector.FromDirections([(HookPoint.ResidPost(1), A)], Provenance.For(Model, "test") with { ResidualNorms = new Dictionary<string, double> { ["blocks.1.resid_post"] = 2 } });
        var edited = Apply(new ClampProjection(Direction.Of(vector), max: Strength.OfNorm(0.05f)), _rows);
        Assert.Equal(0.1, Enumerable.Range(0, 7).Max(row => Dot(edited.Row(row), A.Values) / Length(A.Values)), Rounding);
    }

    [Fact]
    public void A_clamp_to_an_empty_interval_is_refused()
    {
        Assert.Contains("neither min nor max", Assert.Throws<ArgumentException>(() => new ClampProjection(Direction.Of(A))).Message, StringComparison.Ordinal);
        var crossed = new ClampProjection(Direction.Of(A), Strength.Raw(1), Strength.Raw(-1));
        Assert.Contains("1 … -1", Assert.Throws<SteeringException>(() => Compiled(crossed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_turns_within_its_plane_and_keeps_what_lies_outside()
    {
        var edited = Apply(All["rotate"], _rows);
        double[] first = [.. A.Values.ToArray().Select(x => x / Length(A.Values))], second = [.. B.Values];
        double along = first.Zip(second, (x, y) => x * y).Sum();
        second = [.. second.Select((x, i) => x - along * first[i])];
        double length = Math.Sqrt(second.Sum(x => x * x)), angle = 25 * Math.PI / 180;
        second = [.. second.Select(x => x / length)];
        for (int row = 0; row < _rows.RowCount; row++)
        {
            float[] x = _rows.Row(row).ToArray();
            double p = x.Zip(first, (a, b) => a * b).Sum(), q = x.Zip(second, (a, b) => a * b).Sum();
            double turnedP = p * Math.Cos(angle) - q * Math.Sin(angle), turnedQ = p * Math.Sin(angle) + q * Math.Cos(angle);
            Near.Equal([.. x.Select((value, i) => (float)(value + (turnedP - p) * first[i] + (turnedQ - q) * second[i]))], edited.Row(row), Rounding, $"row {row}");
            Assert.Equal(Length(x), Length(edited.Row(row)), Rounding);
        }
    }

    [Fact]
    public void A_rotation_by_the_angle_between_them_takes_one_direction_to_the_other()
    {
        double degrees = Math.Acos(Dot(A.Values, B.Values) / (Length(A.Values) * Length(B.Values))) * 180 / Math.PI;
        var turned = Apply(new Rotate(Direction.Of(A), Direction.Of(B), degrees), A.Reshape(new Shape(1, Width)));
        float scale = (float)(Length(A.Values) / Length(B.Values));
        Near.Equal([.. B.Values.ToArray().Select(x => scale * x)], turned.Row(0), Rounding, "a turned to b");
    }

    [Fact]
    public void A_rotation_back_undoes_a_rotation()
    {
        var there = Apply(new Rotate(Direction.Of(A), Direction.Of(B), 70), _rows);
        Near.Equal(_rows, Apply(new Rotate(Direction.Of(A), Direction.Of(B), -70), there), Rounding, "there and back");
    }

    [Fact]
    public void Parallel_directions_span_no_plane()
    {
        var opposite = Tensor.From([.. A.Values.ToArray().Select(x => -2 * x)]);
        Assert.Contains("parallel", Assert.Throws<SteeringException>(() => Compiled(new Rotate(Direction.Of(A), Direction.Of(opposite), 10))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Rotate(Direction.Of(A), Direction.Of(B), double.NaN));
    }

    [Fact]
    public void A_low_rank_edit_sets_the_subspace_to_the_learned_part_and_keeps_the_rest()
    {
        var edit = (LowRank)All["low-rank"];
        var edited = Apply(edit, _rows);
        for (int row = 0; row < _rows.RowCount; row++)
        {
            double[] learned = [.. Enumerable.Range(0, 3).Select(k => Dot(edit.Weight.Row(k), _rows.Row(row)) + edit.Bias.Values[k])];
            double[] expected = [.. _rows.Row(row)];
            for (int k = 0; k < 3; k++)
            {
                double change = learned[k] - Dot(edit.Rotation.Row(k), _rows.Row(row));
                for (int i = 0; i < Width; i++)
                    expected[i] += change * edit.Rotation.Row(k)[i];
                Assert.Equal(learned[k], Dot(edit.Rotation.Row(k), edited.Row(row)), Rounding);
            }
            Near.Equal([.. expected.Select(x => (float)x)], edited.Row(row), Rounding, $"row {row}");
        }
    }

    [Fact]
    public void A_rotation_matrix_that_is_not_orthonormal_or_of_another_width_is_refused()
    {
        var skewed = Assert.Throws<ArgumentException>(() => new LowRank(Rows(1, 2), Rows(2, 2), Tensor.From([0f, 0])));
        Assert.Contains("not orthonormal", skewed.Message, StringComparison.Ordinal);
        Assert.Contains("[r, D]", Assert.Throws<ArgumentException>(() => new LowRank(Orthonormal(2), Rows(2, 3), Tensor.From([0f, 0]))).Message, StringComparison.Ordinal);
        var narrow = new LowRank(Tensor.From([1f, 0], 1, 2), Tensor.From([1f, 1], 1, 2), Tensor.From([0f]));
        Assert.Contains("64 values", Assert.Throws<SteeringException>(() => Compiled(narrow)).Message, StringComparison.Ordinal);
    }
}
