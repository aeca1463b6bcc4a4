using System.Globalization;
using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Steering.Sae;

/// <summary>
/// A sparse autoencoder: pre = x Wᵀ + b over the rows of a model (normalised, and less the decoder bias, where it was trained so), latents a by its
/// <see cref="SaeKind"/>, and back: x̂ = a W_dec + b_dec. A transcoder reads one place and writes another. Immutable. Every row is computed by itself: it has the
/// same bits alone and in a batch. T counts rows, F latents, D and Do are the widths of input and output.
/// </summary>
public sealed class SparseAutoencoder : IDisposable
{
    // Pre-activations of all latents are large, and each is read once more to choose by: pieces that stay in the cache, but with rows enough that a product is worth streaming the weights for.
    private const int PieceValues = 1 << 20, PieceRows = 256;

    private readonly SaeWeights _weights;
    private readonly IDisposable? _owned;
    private readonly Lock _lock = new();
    private PackedWeight? _packed;
    private string? _identity;
    private bool _disposed;

    /// <summary>The autoencoder of some weights, which the caller keeps alive.</summary>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    public SparseAutoencoder(SaeWeights weights, SaeKind kind) : this(weights, kind, owned: null) { }

    /// <summary>The autoencoder of some weights, and what holds their memory.</summary>
    internal SparseAutoencoder(SaeWeights weights, SaeKind kind, IDisposable? owned)
    {
        weights.Require();
        kind.Require(weights.LatentCount);
        (_weights, Kind, _owned) = (weights, kind, owned);
    }

    /// <summary>How pre-activations become latents.</summary>
    public SaeKind Kind { get; }

    /// <summary>What happens to rows before they are encoded; nothing by default.</summary>
    public SaeNormalisation Normalisation { get; init; } = SaeNormalisation.None;

    /// <summary>Whether the decoder bias is taken from the (normalised) rows before they are encoded.</summary>
    /// <exception cref="ArgumentException">Input and output have different widths.</exception>
    public bool CentresInput
    {
        get;
        init => field = !value || InputWidth == OutputWidth
            ? value
            : throw new ArgumentException($"Sparse autoencoder: a decoder bias of {OutputWidth} values cannot be taken from rows of {InputWidth}. Transcoders do not centre their input.", nameof(value));
    }

    /// <summary>Where it comes from, as its file claims.</summary>
    public SaeOrigin Origin { get; init; } = new();

    /// <summary>The weights as it computes with them, before <see cref="Normalisation"/> is accounted for.</summary>
    public SaeWeights Weights => _weights;

    /// <summary>D, the width of the rows that it reads.</summary>
    public int InputWidth => _weights.InputWidth;

    /// <summary>Do, the width of the rows that it writes.</summary>
    public int OutputWidth => _weights.OutputWidth;

    /// <summary>F.</summary>
    public int LatentCount => _weights.LatentCount;

    /// <summary>Whether decoding needs the rows that were encoded: for a skip connection, or to undo a normalisation that depends on them.</summary>
    public bool DecodingNeedsRows => _weights.Skip is not null || Normalisation.IsPerRow;

    /// <summary>Whether it writes another place than it reads: its file names one, the widths differ, or it has a skip connection.</summary>
    public bool IsTranscoder => Origin.OutputHookName is not null || InputWidth != OutputWidth || _weights.Skip is not null;

    /// <summary>b_dec, [Do]: what it writes when no latent is active, in the model's scale; in the normalised one where that depends on the row.</summary>
    public Tensor DecoderBias => Unscaled(_weights.DecoderBias.Keep());

    /// <summary>All that decides what it computes, in 16 digits: found once, for it takes reading every weight.</summary>
    internal string Identity => _identity ??= SaeIdentity.Of(this);

    /// <summary>
    /// Reads an autoencoder from a folder or file of any of the formats in <see cref="SaeFormats"/>. Matrices that its file has in the right order stay in the
    /// mapped file.
    /// </summary>
    /// <param name="path">The folder, or the file of its weights.</param>
    /// <param name="options">What the file does not say.</param>
    /// <exception cref="Trimtab.Models.ModelFormatException">No format fits, or a key, value or tensor is missing or not understood.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    /// <exception cref="Trimtab.Tensors.Files.TensorFileException">The weight file is damaged.</exception>
    public static SparseAutoencoder Load(string path, SaeLoadOptions? options = null) => SaeFormats.Load(path, options ?? new SaeLoadOptions());

    /// <summary>Writes a folder in one of the formats that can be written: saelens or sparsify. What the format cannot express is refused.</summary>
    /// <param name="folder">The folder; made if it is not there.</param>
    /// <param name="format">The format's name.</param>
    /// <exception cref="Trimtab.Models.ModelFormatException">The format is unknown, cannot be written, or has no place for something of this autoencoder.</exception>
    public void Save(string folder, string format) => SaeFormats.Named(format).Write(this, folder);

    /// <summary>The pre-activations of all latents: rows [T, D] → [T, F]. Of a gated one they are those of its gates.</summary>
    /// <exception cref="TensorException">The rows have another width.</exception>
    public Tensor PreActivations(Tensor rows)
    {
        var inputs = Inputs(rows);
        return inputs.MatMul(Packed(inputs.Backend), _weights.EncoderBias);
    }

    /// <summary>
    /// The pre-activation of one latent alone, by one dot product per row: rows [T, D] → [T]. It differs from <see cref="PreActivations(Tensor)"/> by rounding. Gradients pass through it, unless each row is normalised.
    /// </summary>
    /// <exception cref="TensorException">The rows have another width.</exception>
    public Tensor PreActivations(Tensor rows, int latent) => Inputs(rows, latent).RowDot(StoredRow(_weights.Encoder, latent)).Add(_weights.EncoderBias.Values[latent]);

    /// <summary>All latents, most of them 0: rows [T, D] → [T, F].</summary>
    /// <exception cref="TensorException">The rows have another width.</exception>
    public Tensor Encode(Tensor rows) => EncodeSparse(rows).ToDenseBeside(rows);

    /// <summary>The active latents of rows [T, D].</summary>
    /// <exception cref="TensorException">The rows have another width.</exception>
    public SparseLatents EncodeSparse(Tensor rows)
    {
        var inputs = Inputs(rows);
        var packed = Packed(inputs.Backend);
        var latents = new SparseLatents(LatentCount, rows.RowCount);
        int piece = Math.Clamp(Math.Max(PieceValues / LatentCount, PieceRows), 1, Math.Max(rows.RowCount, 1));
        var pre = Tensor.Zeros(new Shape(piece, LatentCount));
        for (int first = 0; first < rows.RowCount; first += piece)
        {
            int count = Math.Min(piece, rows.RowCount - first);
            inputs.Backend.MatMul(inputs.Slice(first, count), new Product(packed, _weights.EncoderBias, pre.Slice(0, count)));
            Activate(pre.Slice(0, count), latents);
        }
        return latents;
    }

    // Threads take ranges of rows, each into latents of its own, which are put together in the order of rows.
    private void Activate(Tensor pre, SparseLatents latents)
    {
        var parts = new SparseLatents?[pre.RowCount];
        WorkerTeam.Shared.For(pre.RowCount, 1, (sae: this, pre, parts), static (s, first, end) =>
        {
            var part = new SparseLatents(s.sae.LatentCount, end - first);
            for (int row = first; row < end; row++)
            {
                s.sae.Kind.Activate(s.pre.Row(row), part);
                part.EndRow();
            }
            s.parts[first] = part;
        });
        foreach (var part in parts.OfType<SparseLatents>())
            latents.Append(part);
    }

    /// <summary>What latents [T, F] write: [T, Do].</summary>
    /// <param name="latents">The latents, most of them 0.</param>
    /// <param name="rows">The rows that were encoded, where <see cref="DecodingNeedsRows"/>.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or the rows are needed and not given.</exception>
    public Tensor Decode(Tensor latents, Tensor? rows = null) => Decode(SparseLatents.Of(latents), rows);

    /// <summary>What active latents write: [T, Do], the bias first and then latent by latent.</summary>
    /// <inheritdoc cref="Decode(Tensor, Tensor?)"/>
    public Tensor Decode(SparseLatents latents, Tensor? rows = null)
    {
        RequireDecodable(latents, rows);
        var shape = new Shape(latents.RowCount, OutputWidth);
        var output = rows?.NewLike(shape) ?? Tensor.Zeros(shape);
        var line = new float[OutputWidth];
        for (int row = 0; row < latents.RowCount; row++)
        {
            var target = output.Row(row);
            _weights.DecoderBias.Values.CopyTo(target);
            ReadOnlySpan<int> indices = latents.Indices(row);
            ReadOnlySpan<float> values = latents.Values(row);
            for (int i = 0; i < indices.Length; i++)
                TensorPrimitives.MultiplyAdd(DecoderLine(indices[i], line), values[i], target, target);
            Normalisation.Undo(rows is null ? [] : rows.Row(row), target);
        }
        return _weights.Skip is { } skip ? output.Add(rows!.MatMul(skip)) : output;
    }

    /// <summary>x̂: rows [T, D], encoded and decoded, [T, Do].</summary>
    /// <exception cref="TensorException">The rows have another width.</exception>
    public Tensor Reconstruct(Tensor rows) => Decode(EncodeSparse(rows), rows);

    /// <summary>What one unit of a latent writes, [Do], in the model's scale; in the normalised one where that depends on the row.</summary>
    public Tensor DecoderRow(int latent) => Unscaled(StoredRow(_weights.Decoder, latent));

    /// <summary>A latent's encoder weights, [D], as it computes with them.</summary>
    public Tensor EncoderRow(int latent) => StoredRow(_weights.Encoder, latent);

    /// <summary>
    /// w, [D], with which a latent's pre-activation is x · w + <see cref="EncoderBias"/> for the model's own rows x: normalisation and centring are in the two.
    /// </summary>
    /// <exception cref="InvalidOperationException">Rows are normalised one by one, so there is no such direction.</exception>
    public Tensor EncoderColumn(int latent)
    {
        var column = StoredRow(_weights.Encoder, latent);
        TensorPrimitives.Multiply(column.Values, RequireFixed("EncoderColumn").Input, column.Values);
        return column;
    }

    /// <summary>The number that goes with <see cref="EncoderColumn"/>: b_enc, less b_dec · W_enc where the input is centred.</summary>
    /// <inheritdoc cref="EncoderColumn"/>
    public float EncoderBias(int latent)
    {
        RequireFixed("EncoderBias");
        var column = StoredRow(_weights.Encoder, latent);
        float bias = _weights.EncoderBias.Values[latent];
        return CentresInput ? bias - TensorPrimitives.Dot(_weights.DecoderBias.Values, column.Values) : bias;
    }

    /// <summary>The hook point that it reads in a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="at">The hook point, where the file does not say or is wrong.</param>
    /// <exception cref="SteeringException">The hook point is not known, or its rows have another width.</exception>
    public HookPoint RequireFit(LoadedModel model, HookPoint? at = null)
    {
        var point = at ?? Origin.At ?? throw new SteeringException($"Sparse autoencoder: {Origin.File ?? "it"} was trained at {(Origin.HookName is { } name ? $"'{name}', which names no hook point here" : "a place that its file does not say")}. Give the hook point.");
        int width = model.WidthAt(point);
        return width == InputWidth ? point
            : throw new SteeringException($"Sparse autoencoder: it reads rows of {InputWidth} values, but those at {point} of {model.Name} have {(width == 0 ? "no fixed number" : width)}. It belongs to another model or hook point{(Origin.ModelName is { } trained ? $"; its file names {trained}" : "")}.");
    }

    /// <summary>Refuses a transcoder where what latents write is to go back to the rows that were read.</summary>
    /// <param name="operation">Who refuses.</param>
    /// <exception cref="SteeringException">It is a transcoder.</exception>
    internal void RequireAutoencoder(string operation)
    {
        if (IsTranscoder)
            throw new SteeringException($"{operation}: {Origin.File ?? "it"} is a transcoder from {Origin.HookName ?? "an unknown place"} to {Origin.OutputHookName ?? "another"}, {InputWidth} to {OutputWidth} values — what its latents write does not belong where it reads. Give an autoencoder, which reconstructs what it reads.");
    }

    /// <summary>Gives the packed weights back, and what it holds of its file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _packed?.Dispose();
            _packed = null;
        }
        _owned?.Dispose();
    }

    private Tensor Inputs(Tensor rows, int? latent = null)
    {
        if (rows.Shape.Rank != 2 || rows.Columns != InputWidth)
            throw new TensorException($"Sparse autoencoder: rows {rows} do not fit — [T, {InputWidth}] is needed. It may belong to another model or hook point.");
        if (rows.WantsGradient && (latent is null || Normalisation.IsPerRow))
            throw new InvalidOperationException("Sparse autoencoder: gradients pass through the pre-activations of single latents alone, and not through a normalisation of each row. Read rows outside of training, or keep it out of the plan that is trained under.");
        var inputs = Normalisation.Apply(rows);
        return CentresInput ? inputs.AddScaled(_weights.DecoderBias, -1) : inputs;
    }

    // In singles, whatever the file has: a pre-activation that is rounded on the way lands on the other side of its threshold.
    private PackedWeight Packed(Backend backend)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _packed ??= backend.Pack(_weights.Encoder, type: DType.F32);
        }
    }

    private ReadOnlySpan<float> DecoderLine(int latent, float[] line)
    {
        if (_weights.Decoder.DType == DType.F32)
            return _weights.Decoder.Row(latent);
        RowDecoder.Decode(_weights.Decoder, latent, line);
        return line;
    }

    private Tensor StoredRow(Tensor weight, int latent)
    {
        if ((uint)latent >= (uint)LatentCount)
            throw new ArgumentOutOfRangeException(nameof(latent), latent, string.Create(CultureInfo.InvariantCulture, $"Sparse autoencoder: there is no latent {latent} — it has {LatentCount}, from 0."));
        var row = Tensor.Zeros(new Shape(weight.Columns));
        RowDecoder.Decode(weight, latent, row.Values);
        return row;
    }

    private Tensor Unscaled(Tensor written)
    {
        if (Normalisation is FixedScale scale)
            scale.Undo([], written.Values);
        return written;
    }

    private FixedScale RequireFixed(string what) => Normalisation as FixedScale
        ?? throw new InvalidOperationException($"{what}: this autoencoder normalises each row, so that no fixed direction of the model's rows gives a pre-activation. Use PreActivations(rows, latent).");

    private void RequireDecodable(SparseLatents latents, Tensor? rows)
    {
        if (latents.LatentCount != LatentCount)
            throw new ArgumentException($"Decode: rows of {latents.LatentCount} latents do not fit an autoencoder of {LatentCount}.", nameof(latents));
        if (rows is null ? DecodingNeedsRows : rows.RowCount != latents.RowCount || rows.Columns != InputWidth)
            throw new ArgumentException($"Decode: {latents.RowCount} rows of latents need the rows that were encoded, [{latents.RowCount}, {InputWidth}] — {(rows is null ? "none" : rows.ToString())} were given.", nameof(rows));
    }
}
