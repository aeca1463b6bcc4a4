using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Adapters;

/// <summary>
/// Leaves out a share of an adapter's inputs during a training pass, and scales up the rest (Srivastava et al. 2014). Which ones follows from the seed, the pass and how
/// often the pass has asked before: the same pass always leaves out the same, also after a run was resumed.
/// </summary>
/// <param name="rate">The share, 0 … 1, 1 excluded.</param>
/// <param name="seed">Any number.</param>
public sealed class LoraDropout(double rate, int seed)
{
    private readonly float _kept = (float)(1 / (1 - rate));
    private long _pass;
    private int _calls;
    private bool _isActive;

    /// <summary>Says which training pass begins. Outside of training passes nothing is left out.</summary>
    internal void Begin(long pass) => (_pass, _calls, _isActive) = (pass, 0, true);

    /// <summary>Says that training rests.</summary>
    internal void End() => _isActive = false;

    internal Tensor Apply(Tensor x)
    {
        if (!_isActive)
            return x;
        var random = new Random(Seed(_calls++));
        var mask = x.NewLike(x.Shape);
        foreach (ref float value in mask.Values)
            value = random.NextDouble() < rate ? 0 : _kept;
        return x.Multiply(mask);
    }

    // Neighbouring numbers must give unlike seeds, on every machine the same; see Steele et al. 2014, SplitMix64.
    private int Seed(int call)
    {
        ulong z = unchecked((ulong)seed * 0x9E3779B97F4A7C15 + (ulong)_pass * 0xBF58476D1CE4E5B9 + (ulong)call * 0x94D049BB133111EB);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return unchecked((int)(z ^ (z >> 31)));
    }
}
