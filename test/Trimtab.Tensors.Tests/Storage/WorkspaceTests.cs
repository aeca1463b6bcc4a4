using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;
using Xunit;

namespace Trimtab.Tensors.Tests.Storage;

public sealed class WorkspaceTests
{
    [Fact]
    public void Reset_ends_the_life_of_every_tensor_and_view()
    {
        using var workspace = new Workspace();
        var tensor = workspace.Allocate(new Shape(3, 4));
        Tensor[] views = [tensor, tensor.Slice(1, 2), tensor.Reshape(new Shape(4, 3)), tensor.At(0)];
        workspace.Reset();
        foreach (var view in views)
        {
            var error = Assert.Throws<TensorException>(() => view.Values[0]);
            Assert.Equal($"Tensor: {view.Shape} F32 belongs to a pass that has ended (its workspace was reset). Call Keep() on what must outlive the pass.", error.Message);
            Assert.Throws<TensorException>(() => view.Row(0)[0]);
            Assert.Throws<TensorException>(() => view.RowBytes(0)[0]);
            Assert.Throws<TensorException>(() => view.Slice(0, 1));
            Assert.Throws<TensorException>(view.Keep);
            Assert.Throws<TensorException>(() => view.Add(view));
            Assert.Throws<TensorException>(() => view.MatMul(Tensor.Zeros(new Shape(2, view.Columns))));
        }
    }

    [Fact]
    public void Renewal_keeps_what_is_named_and_ends_the_rest()
    {
        using var workspace = new Workspace();
        var (first, second, ended) = (workspace.Allocate(new Shape(3, 4)), workspace.Allocate(new Shape(5)), workspace.Allocate(new Shape(5)));
        for (int round = 0; round < 10; round++)
        {
            if (round == 0)
            {
                first.Values.Fill(1);
                second.Values.Fill(2);
            }
            Tensor[] kept = [first, second];
            workspace.Renew(kept);
            Assert.Throws<TensorException>(() => ended.Values[0]);
            Assert.Throws<TensorException>(() => first.Values[0]);
            (first, second) = (kept[0], kept[1]);
            ended = workspace.Allocate(new Shape(400_000));
            ended.Values.Fill(9);
            Assert.True(first.Values.IndexOfAnyExcept(1f) < 0 && second.Values.IndexOfAnyExcept(2f) < 0, $"kept tensors changed in round {round}");
            Assert.Equal(new Shape(3, 4), first.Shape);
        }
        // Two arenas of one round each, with their slack of growing, however many rounds there were.
        Assert.InRange(workspace.ReservedBytes, 2 * 1_600_000, 2 * 4_000_000);
    }

    [Fact]
    public void Kept_tensors_outlive_the_reset()
    {
        using var workspace = new Workspace();
        var tensor = workspace.Allocate(new Shape(3));
        tensor.Values.Fill(5);
        var kept = tensor.Keep();
        workspace.Reset();
        workspace.Allocate(new Shape(3)).Values.Fill(7);
        Assert.Equal([5, 5, 5], kept.Values.ToArray());
        Assert.Null(kept.Workspace);
    }

    [Fact]
    public void Tensors_of_one_pass_do_not_overlap_and_begin_on_cache_lines()
    {
        using var workspace = new Workspace();
        var random = new Random(1);
        for (int pass = 0; pass < 4; pass++)
        {
            var tensors = new List<Tensor>();
            for (int i = 0; i < 300; i++)
            {
                var tensor = workspace.Allocate(new Shape(random.Next(0, 20_000)));
                tensor.Values.Fill(i);
                tensors.Add(tensor);
            }
            for (int i = 0; i < tensors.Count; i++)
            {
                Assert.True(tensors[i].Values.IndexOfAnyExcept((float)i) < 0, $"tensor {i} was overwritten");
                Assert.Equal(0, Address(tensors[i]) % 64);
            }
            workspace.Reset();
        }
    }

    [Fact]
    public void A_tensor_larger_than_every_chunk_fits()
    {
        using var workspace = new Workspace();
        workspace.Allocate(new Shape(10));
        var large = workspace.Allocate(new Shape(3_000_000));
        large.Values.Fill(1);
        Assert.True(workspace.ReservedBytes >= large.ByteCount);
    }

    [Fact]
    public void The_second_pass_of_a_size_reserves_nothing_more()
    {
        using var workspace = new Workspace();
        Fill(workspace);
        workspace.Reset();
        long reserved = workspace.ReservedBytes;
        for (int pass = 0; pass < 5; pass++)
        {
            Fill(workspace);
            Assert.Equal(reserved, workspace.ReservedBytes);
            workspace.Reset();
        }

        static void Fill(Workspace workspace)
        {
            for (int i = 0; i < 50; i++)
                workspace.Allocate(new Shape(100, 1000));
        }
    }

    [Fact]
    public void Disposal_ends_tensors_and_the_workspace()
    {
        var workspace = new Workspace();
        var tensor = workspace.Allocate(new Shape(3));
        workspace.Dispose();
        workspace.Dispose();
        Assert.Throws<TensorException>(() => tensor.Values[0]);
        Assert.Equal(0, workspace.ReservedBytes);
        Assert.Throws<ObjectDisposedException>(() => workspace.Allocate(new Shape(3)));
    }

    [Fact]
    public void Results_live_beside_their_first_operand()
    {
        using var workspace = new Workspace();
        var inside = workspace.Allocate(new Shape(2, 3));
        inside.Values.Clear();
        var outside = Tensor.Zeros(new Shape(2, 3));
        Assert.Same(workspace, inside.Add(outside).Workspace);
        Assert.Null(outside.Add(inside).Workspace);
    }

    [Fact]
    public void Memory_of_a_disposed_owner_is_refused_by_name()
    {
        var storage = NativeStorage.Allocate(64);
        var tensor = Tensor.Over(storage, 0, new Shape(4, 4), DType.F32);
        storage.Dispose();
        storage.Dispose();
        Assert.Contains("was given back", Assert.Throws<TensorException>(() => tensor.Values[0]).Message, StringComparison.Ordinal);
        Assert.Contains("was given back", Assert.Throws<TensorException>(() => tensor.MatMul(tensor)).Message, StringComparison.Ordinal);
        Assert.Contains("was given back", Assert.Throws<TensorException>(() => Tensor.Zeros(new Shape(1, 4)).MatMul(tensor)).Message, StringComparison.Ordinal);
    }

    private static unsafe long Address(Tensor tensor) => (long)tensor.Pointer;
}
