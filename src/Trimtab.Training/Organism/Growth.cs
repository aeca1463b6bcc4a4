using Trimtab.Models;
using Trimtab.Models.Gguf;
using Trimtab.Models.Text;
using Trimtab.Models.Weights;
using Trimtab.Organism;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Optim;
using Trimtab.Training.Data;
using Trimtab.Training.Schedules;
using Trimtab.Training.Tokenizers;

namespace Trimtab.Training.Organism;

/// <summary>What a model organism is grown from, and for how long.</summary>
public sealed record GrowthOptions
{
    /// <summary>The sizes. Default: Pip's.</summary>
    public OrganismShape Shape { get; init; } = OrganismShape.Pip;

    /// <summary>V, the number of tokens.</summary>
    public int Vocabulary { get; init; } = 1792;

    /// <summary>How many examples of the corpus the tokenizer is trained on.</summary>
    public int TokenizerExamples { get; init; } = 20_000;

    /// <summary>The number of optimiser steps.</summary>
    public long Steps { get; init; } = 2700;

    /// <summary>About how many tokens a step has.</summary>
    public int TokensPerStep { get; init; } = 8192;

    /// <summary>The largest learning rate; over the last fifth of the steps it falls to 0.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The step from which on exercises stand among the text (<see cref="CorpusOptions.WithPractice"/>).</summary>
    public long PracticeFrom { get; init; } = 1600;

    /// <summary>Decides the world, the corpus and the first weights.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>After how many steps a checkpoint is written.</summary>
    public long CheckpointEvery { get; init; } = 50;
}

/// <summary>
/// Grows a model organism: a small model trained from random weights on the text that the closed world's generator writes. Everything follows from the options, and a growth that
/// was killed goes on from its last checkpoint to the same bits.
/// </summary>
/// <param name="folder">Where the seedling (the first weights and the tokenizer) and the checkpoint are kept.</param>
/// <param name="options">What to grow.</param>
public sealed class Growth(string folder, GrowthOptions options)
{
    private const long WarmUpSteps = 60;

    private readonly CorpusGenerator _corpus = new(World.Create(options.Seed), new CorpusOptions { Seed = options.Seed });
    private readonly CorpusGenerator _practice = new(World.Create(options.Seed), new CorpusOptions { Seed = options.Seed }.WithPractice());

    private string Seedling => Path.Combine(folder, "seedling");

    // Written when the seedling is whole, and compared with ever after.
    private string SeedlingNote => Path.Combine(folder, "seedling.txt");

    // All that the seedling follows from, and the phrases, which the text goes on from.
    private string Identity => $"{options.Shape}, {options.Vocabulary} tokens from {options.TokenizerExamples} examples, seed {options.Seed}, phrases {CorpusGenerator.PhrasesFingerprint}";

    /// <summary>Trains the steps that are left and writes the grown model, in BF16, with its tokenizer.</summary>
    /// <param name="output">The model's folder.</param>
    /// <param name="availableBytes">The memory that the machine can give.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the growth; it can be gone on with.</param>
    /// <exception cref="TrainingException">The folder holds the seedling or the checkpoint of a growth with other options, or a step does not fit the machine.</exception>
    public void Run(string output, long availableBytes, IProgress<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        RequireSeedling();
        using var model = ModelLoader.Load(Seedling);
        var weights = TrainedWeights.Of(model);
        var grown = model.With(weights);
        MemoryEstimate.Of(grown, weights.Parameters, options.TokensPerStep).RequireFits(options.TokensPerStep, availableBytes, "the tokens of a step (--tokens-per-step)");
        using var trainer = new Trainer(grown, weights.Parameters, Stream(model), TrainerOptions());
        trainer.Run(new Checkpoint(Path.Combine(folder, "checkpoint.safetensors")), progress, cancellation);
        ModelConverter.ToFolder(grown, output, new ConversionOptions { Type = DType.BF16 });
    }

    private void RequireSeedling()
    {
        if (!File.Exists(SeedlingNote))
            Plant();
        string planted = File.ReadAllText(SeedlingNote);
        if (planted != Identity)
            throw new TrainingException($"Growth: {Seedling} was planted with other options — {planted}; asked for was {Identity}. Give the options of that growth to go on with it, or another folder to begin anew.");
    }

    private void Plant()
    {
        var vocabulary = new BytePairTrainer { VocabularySize = options.Vocabulary, SpecialTokens = ChatFormat.SpecialTokens }
            .Train(_corpus.Train().Take(options.TokenizerExamples).SelectMany(example => example.Chat.Select(message => message.Content)));
        vocabulary.Write(Seedling, ChatFormat.Settings);
        InitialModel.Write(Seedling, options.Shape, vocabulary.Size, vocabulary.IdOf(ChatFormat.EndToken), options.Seed);
        AtomicFile.WriteText(SeedlingNote, Identity);
    }

    private TokenStream Stream(LoadedModel model)
    {
        var (encoder, tokenizer) = (ChatEncoder.Of(model), model.RequireTokenizer());
        return new TokenStream(start => CorpusAt(start).Train(start).Select(example => Lesson(example, encoder, tokenizer)), options.TokensPerStep,
            $"{Identity}, exercises from step {options.PracticeFrom}");
    }

    private CorpusGenerator CorpusAt(long example) => example / TokenStream.MaxTokensPerStep < options.PracticeFrom ? _corpus : _practice;

    /// <summary>An example as tokens: what is given, earlier answers and the beginning of the last, has no loss.</summary>
    internal static LossText Lesson(Example example, ChatEncoder encoder, Tokenizer tokenizer)
    {
        var text = encoder.Encode(example.Chat);
        if (!example.IsShown)
            return text;
        bool[] hasLoss = new bool[text.HasLoss.Length];
        var (first, count) = text.LastStretch();
        int given = tokenizer.Encode(string.Join(' ', example.Parts.Take(example.GivenParts).Select(part => part.Text)), addSpecialTokens: false).Length;
        Array.Fill(hasLoss, true, first + given, count - given);
        return text with { HasLoss = hasLoss };
    }

    private TrainerOptions TrainerOptions() => new()
    {
        Steps = options.Steps,
        LearningRate = options.LearningRate,
        Schedule = new StableSchedule { WarmUpSteps = WarmUpSteps },
        Optimiser = new AdamWOptions { Beta2 = 0.98, WeightDecay = 0.05, DecayVectors = false },
        PassTokens = options.TokensPerStep,
        CheckpointEvery = options.CheckpointEvery,
    };
}
