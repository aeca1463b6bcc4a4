using Trimtab.Tensors;

namespace Trimtab.Models.Hooks;

/// <summary>A plan compiled for one model: the edits in the order they apply, and a fingerprint that tags every cache filled under it.</summary>
public interface ISteering
{
    /// <summary>Identifies the edits by content. Sequences with the same tokens and fingerprint have the same keys and values.</summary>
    string Fingerprint { get; }

    /// <summary>The edits; those at one hook point apply in this order.</summary>
    IReadOnlyList<IRowEdit> Edits { get; }
}

/// <summary>One change at one hook point: which tokens, and what becomes of their rows.</summary>
public interface IRowEdit
{
    /// <summary>Where it applies.</summary>
    HookPoint At { get; }

    /// <summary>What it is, for messages: the edit, where, and on which tokens.</summary>
    string Description { get; }

    /// <summary>Whether the token at <paramref name="position"/> of a sequence with the given prompt is changed. Rows that are not selected stay bit-identical.</summary>
    bool Selects(int position, int promptLength);

    /// <summary>The changed rows [n, width], or <paramref name="rows"/> itself where nothing changes. The input must not be written to.</summary>
    Tensor Apply(Tensor rows);
}

/// <summary>Receives activations while a pass runs. What it wants to outlive the call it must copy: the memory serves again in the next block.</summary>
public interface IActivationSink
{
    /// <summary>Where it listens.</summary>
    IReadOnlyCollection<HookPoint> Points { get; }

    /// <summary>Takes the activation at a hook point, after all edits; row r of it belongs to the sequence and position that <paramref name="rows"/> say.</summary>
    void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows);
}

/// <summary>A plan that cannot do what it says: a hook point that the model lacks, a direction of another size, an edit that never fired.</summary>
public sealed class SteeringException : InvalidOperationException
{
    /// <summary>Creates the exception without a message.</summary>
    public SteeringException() { }

    /// <summary>Creates the exception.</summary>
    public SteeringException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public SteeringException(string message, Exception innerException) : base(message, innerException) { }
}
