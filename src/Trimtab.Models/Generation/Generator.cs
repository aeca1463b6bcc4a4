using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Tensors;

namespace Trimtab.Models.Generation;

/// <summary>
/// Generates texts with a model, several at once: every step is one pass in which all unfinished texts share the matrix products, each with its own plan, cache, options
/// and stream of draws. A text comes out the same whether it is generated alone or among others.
/// </summary>
public sealed class Generator(LoadedModel model)
{
    /// <summary>Receives activations of every pass; an <see cref="IGenerationWatch"/> among them may end texts.</summary>
    public IReadOnlyList<IActivationSink> Sinks { get; init; } = [];

    /// <summary>What the caches keep keys and values in: F32, or F16 for half the memory and slightly other results.</summary>
    public DType CacheType { get; init; } = DType.F32;

    /// <summary>Generates one text.</summary>
    /// <param name="request">The prompt and the options.</param>
    /// <param name="onToken">Called with each token as it is chosen.</param>
    /// <param name="cancellation">Ends the generation between layers.</param>
    public GeneratedText Generate(GenerationRequest request, Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default) =>
        Generate([request], onToken, cancellation)[0];

    /// <summary>Generates a batch; the results are in the order of the requests.</summary>
    /// <exception cref="SteeringException">An edit of a plan never fired.</exception>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<GenerationRequest> requests, Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default)
    {
        var texts = requests.Select((request, index) => new GrowingText(model, request, index, CacheType)).ToArray();
        IGenerationWatch[] watches = [.. Sinks.OfType<IGenerationWatch>()];
        try
        {
            using var run = new ModelRun(model, [.. texts.Select(t => t.Sequence)], Sinks);
            foreach (var watch in watches)
                watch.Begin(run.Sequences);
            for (GrowingText[] active = texts; active.Length > 0; active = [.. active.Where(t => t.Stop is null)])
                Step(run, active, watches, onToken, cancellation);
            // A text that was halted may have ended before the tokens of an edit.
            foreach (var text in texts.Where(t => t.Stop != StopReason.Halted))
                text.Sequence.RequireAllFired();
            return [.. texts.Select(text => text.ToResult())];
        }
        finally
        {
            foreach (var text in texts)
                text.Dispose();
        }
    }

    /// <summary>Generates one text in the background and yields its tokens as they are chosen. Ending the enumeration ends the generation.</summary>
    public async IAsyncEnumerable<GeneratedToken> StreamAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var tokens = Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() =>
        {
            try
            {
                Generate(request, token => tokens.Writer.TryWrite(token), ending.Token);
                tokens.Writer.Complete();
            }
            catch (Exception e)
            {
                tokens.Writer.Complete(e);
                throw;
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var token in tokens.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                yield return token;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await work.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private static void Step(ModelRun run, GrowingText[] active, IGenerationWatch[] watches, Action<GeneratedToken>? onToken, CancellationToken cancellation)
    {
        var logits = run.Forward(LogitRows.Last, Array.ConvertAll(active, t => t.Sequence), cancellation)!;
        for (int i = 0; i < active.Length; i++)
            if (IsEnded(active[i].Sequence, watches))
                active[i].Halt();
            else if (active[i].Choose(logits.Row(i)) is { } token)
                onToken?.Invoke(token);
    }

    private static bool IsEnded(Sequence text, IGenerationWatch[] watches)
    {
        foreach (var watch in watches)
            if (watch.Ends(text))
                return true;
        return false;
    }

    /// <summary>One text of a batch: its sequence and cache, how it chooses, and what is decoded so far.</summary>
    private sealed class GrowingText : IDisposable
    {
        // Room in the cache for this many tokens at once; a longer text makes it grow.
        private const int ReservedTokens = 512;

        private readonly GenerationRequest _request;
        private readonly int _index, _mostTokens;
        private readonly HashSet<int> _endTokens;
        private readonly Sampler _sampler;
        private readonly StreamingDecoder? _decoder;
        private readonly StopStringMatcher _stops;
        private readonly System.Text.StringBuilder _text = new();
        private readonly List<int> _ids = [];

        public GrowingText(LoadedModel model, GenerationRequest request, int index, DType cacheType)
        {
            (_request, _index) = (request, index);
            _sampler = new Sampler(request.Options);
            _endTokens = [.. request.Options.StopTokens];
            _mostTokens = model.Decoder.Positions is null ? request.Options.MaxTokens : Math.Min(request.Options.MaxTokens, model.Config.MaxPositions - request.PromptIds.Count);
            if (_mostTokens <= 0)
                throw new ArgumentException($"Generation: a prompt of {request.PromptIds.Count} tokens leaves no room in the {model.Config.MaxPositions} positions of this model. Shorten it.", nameof(request));
            Sequence = new Sequence(request.PromptIds, steering: request.Steering ?? model.Steering)
            {
                Cache = new KvCache(model.LayerCount, request.PromptIds.Count + Math.Min(_mostTokens, ReservedTokens), cacheType),
            };
            _stops = new StopStringMatcher(request.Options.StopStrings);
            _decoder = DecoderAfter(model, request);
        }

        public Sequence Sequence { get; }

        public StopReason? Stop { get; private set; }

        public GeneratedText ToResult() => new(_request.PromptIds, _ids, _text.ToString(), Stop!.Value) { Decisions = Sequence.Decisions };

        public void Dispose() => Sequence.Cache!.Dispose();

        /// <summary>Chooses the next token; null where it is one that ends the text and there is no text left to show.</summary>
        public GeneratedToken? Choose(ReadOnlySpan<float> logits)
        {
            var (id, logProbability) = _sampler.Next(logits, Sequence.IdSpan);
            string text = "";
            if (_endTokens.Contains(id))
            {
                Stop = StopReason.Eos;
            }
            else
            {
                Sequence.Append(id);
                _ids.Add(id);
                text = _stops.Push(_decoder?.Push(id) ?? "");
                Stop = _stops.IsStopped ? StopReason.Stop : _ids.Count == _mostTokens ? StopReason.Length : null;
            }
            if (Stop is StopReason.Eos or StopReason.Length)
                text += Rest();
            _text.Append(text);
            return Stop == StopReason.Eos && text.Length == 0 ? null : new GeneratedToken(_index, id, logProbability, text);
        }

        /// <summary>Ends the text before its next token.</summary>
        public void Halt()
        {
            Stop = StopReason.Halted;
            _text.Append(Rest());
        }

        // What was held back while a character or a stop string was undecided.
        private string Rest() => _stops.Push(_decoder?.Flush() ?? "") + _stops.Flush();

        // The decoder has seen the prompt, so that a continuation keeps the space between its first word and the prompt's last.
        private static StreamingDecoder? DecoderAfter(LoadedModel model, GenerationRequest request)
        {
            if (model.Tokenizer is null)
                return request.Options.StopStrings.IsEmpty ? null : throw new ArgumentException("Generation: stop strings need a tokenizer, and this model has none.", nameof(request));
            var decoder = new StreamingDecoder(model.Tokenizer, skipSpecialTokens: true);
            foreach (int id in request.PromptIds)
                decoder.Push(id);
            return decoder;
        }
    }
}
