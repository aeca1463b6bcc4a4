namespace Trimtab.Tensors.Ops;

/// <summary>
/// The narrow set of operations that everything above is made of. Each writes into a tensor that the caller allocated, and computes every row alone: the
/// result of a row never depends on which other rows share the call, so batches, chunks and caches change no bit.
/// Shape letters: T rows, D row width, K and N a weight's inner and outer size, H heads, E head size.
/// </summary>
public abstract partial class Backend
{
    /// <summary>Lays out a weight for products: once per model, not once per call. The pages of a weight that is mapped from a file leave memory again as it is read.</summary>
    /// <param name="weight">[N, K], or [K, N] where <paramref name="inputMajor"/>; any element type.</param>
    /// <param name="inputMajor">Whether the weight is stored as [in, out].</param>
    /// <param name="type">The element type that the values are rounded to on the way; by default none. They are packed in it, or in the nearest for which there are kernels.</param>
    /// <exception cref="TensorException">K is not whole blocks of the type, or a value cannot be held by it.</exception>
    public abstract PackedWeight Pack(Tensor weight, bool inputMajor = false, DType? type = null);

    /// <summary>Products of the same rows x [T, K] F32 with several packed weights, as one piece of work: each y = x · Wᵀ + bias.</summary>
    public abstract void MatMul(Tensor x, params ReadOnlySpan<Product> products);

    /// <summary>y = x · Wᵀ + bias: x [T, K] F32, W [N, K] of any element type, bias [N] or null, y [T, N]; added to what y holds where <paramref name="add"/>.</summary>
    public abstract void MatMul(Tensor x, Tensor weight, Tensor? bias, Tensor y, bool add = false);

    /// <summary>y = x · W + bias: x [T, K] F32, W [K, N] of any element type, bias [N] or null, y [T, N]; added to what y holds where <paramref name="add"/>.</summary>
    public abstract void MatMulUntransposed(Tensor x, Tensor weight, Tensor? bias, Tensor y, bool add = false);

    /// <summary>y[t] = table[ids[t]], decoded to F32: table [V, D] of any element type, y [T, D].</summary>
    public abstract void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor y);

    /// <summary>y[rows[t]] += weights[t] · x[t]: x [T, D], y [any, D]. A row may occur several times.</summary>
    public abstract void ScatterAdd(Tensor x, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Tensor y);

    /// <summary>y = x / √(mean(x²) + eps) · weight, over groups of weight.Count consecutive values (a row, or one head of a row).</summary>
    public abstract void RmsNorm(Tensor x, Tensor weight, float eps, Tensor y);

    /// <summary>y = (x − mean) / √(variance + eps) · weight + bias, per row; bias may be null.</summary>
    public abstract void LayerNorm(Tensor x, Tensor weight, Tensor? bias, float eps, Tensor y);

    /// <summary>
    /// Rotates pairs of each head in place: x [T, H·E]; cos and sin [T, R/2], where R ≤ E − offset values from <paramref name="offset"/> on in each head are rotated.
    /// </summary>
    public abstract void Rotate(Tensor x, int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs);

    /// <summary>
    /// Causal attention of one sequence, q [T, H·E] → y [T, H·Ev]; see <see cref="AttentionShape"/>. The keys and values of all positions up to the last query's are written
    /// already, the queries' own included.
    /// </summary>
    public abstract void Attention(Tensor q, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor y);

    /// <summary>The attention probabilities alone, pattern [T, H, any number of keys]; keys that a query may not see get exactly 0.</summary>
    public abstract void AttentionPattern(Tensor q, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor pattern);

    /// <summary>The mix of values under given probabilities: pattern [T, H, keys], y [T, H·Ev]. Probabilities of keys that a query may not see are not read.</summary>
    public abstract void AttentionMix(Tensor pattern, KeyValueBlocks memory, int firstPosition, in AttentionShape shape, Tensor y);

    /// <summary>z = x + y, elementwise; z may be x.</summary>
    public abstract void Add(Tensor x, Tensor y, Tensor z);

    /// <summary>z = x ⊙ y, elementwise.</summary>
    public abstract void Multiply(Tensor x, Tensor y, Tensor z);

    /// <summary>y = factor · x; y may be x.</summary>
    public abstract void Scale(Tensor x, float factor, Tensor y);

    /// <summary>y = activation(x), elementwise.</summary>
    public abstract void Activate(Tensor x, Activation activation, Tensor y);

    /// <summary>z = activation(gate) ⊙ up, elementwise.</summary>
    public abstract void Gate(Tensor gate, Tensor up, Activation activation, Tensor z);

    /// <summary>y = cap · tanh(x / cap), elementwise; y may be x.</summary>
    public abstract void SoftCap(Tensor x, float cap, Tensor y);

    /// <summary>y = x bounded to [minimum, maximum], elementwise; y may be x.</summary>
    public abstract void Clamp(Tensor x, float minimum, float maximum, Tensor y);

    /// <summary>y = softmax of each row; y may be x.</summary>
    public abstract void Softmax(Tensor x, Tensor y);

    /// <summary>y[t] = x[t] · v: x [T, D], v [D], y [T].</summary>
    public abstract void RowDot(Tensor x, Tensor v, Tensor y);

    /// <summary>z[t] = x[t] + coefficients[t] · v: x [T, D], v [D], coefficients [T] or [1] for all rows; z may be x.</summary>
    public abstract void AddOuter(Tensor x, Tensor v, ReadOnlySpan<float> coefficients, Tensor z);
}

/// <summary>Which two values of a head a rotary embedding turns together.</summary>
public enum RotaryPairs
{
    /// <summary>Value i with value i + R/2: Llama, Qwen, Gemma, GPT-NeoX as Hugging Face stores them.</summary>
    Halves,
    /// <summary>Value 2i with value 2i + 1: DeepSeek, and Llama as its authors and GGUF store it.</summary>
    Interleaved,
}

/// <summary>The nonlinearities of feed-forward layers, by their names in Hugging Face configurations.</summary>
public enum Activation
{
    /// <summary>x · sigmoid(x): "silu", "swish".</summary>
    Silu,
    /// <summary>x · Φ(x) with the exact error function: "gelu".</summary>
    Gelu,
    /// <summary>The tanh approximation: "gelu_new", "gelu_pytorch_tanh", "gelu_fast".</summary>
    GeluTanh,
    /// <summary>max(x, 0): "relu".</summary>
    Relu,
    /// <summary>1 / (1 + e⁻ˣ): used by routers and gates.</summary>
    Sigmoid,
}

/// <summary>
/// The sizes and rules of one attention layer. Queries are [T, H·E] at positions first … first + T − 1; keys [keys, Hk·E] and values [keys, Hk·Ev] are those at
/// positions 0 … keys − 1. A query at position p sees keys j ≤ p with p − j &lt; window. Score = scale · (q·k), soft-capped where a cap is given.
/// </summary>
/// <param name="Heads">Query heads H.</param>
/// <param name="KeyHeads">Key and value heads Hk; H is a multiple of it, and consecutive query heads share one.</param>
/// <param name="KeySize">Size E of a query or key head.</param>
/// <param name="ValueSize">Size Ev of a value head.</param>
/// <param name="Scale">Factor on the scores, usually 1/√E.</param>
/// <param name="SoftCap">Bound c of c·tanh(score/c); 0 for none.</param>
/// <param name="Window">How many positions a query sees, its own included; 0 for all.</param>
public readonly record struct AttentionShape(int Heads, int KeyHeads, int KeySize, int ValueSize, float Scale, float SoftCap = 0, int Window = 0)
{
    /// <summary>The first key that a query at <paramref name="position"/> sees.</summary>
    public int FirstKey(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;
}
