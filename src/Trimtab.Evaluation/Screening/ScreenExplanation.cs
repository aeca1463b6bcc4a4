using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Sae;

namespace Trimtab.Evaluation.Screening;

/// <summary>What a latent of an autoencoder adds to a row's difference: (Sample − Own) · (d · u), with its decoder row d and the trait's unit direction u.</summary>
/// <param name="Latent">Its number.</param>
/// <param name="Sample">Its mean activation over the tokens of the answer that is screened.</param>
/// <param name="Own">The same of the model's own answer.</param>
/// <param name="Contribution">What it adds. All latents together give the difference, up to what the autoencoder leaves unexplained.</param>
public sealed record LatentShare(int Latent, float Sample, float Own, float Contribution);

/// <summary>A row as people look at it: what was answered beside what the model would have answered.</summary>
/// <param name="Line">Its line in the data.</param>
/// <param name="Difference">Its projection difference.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Answer">The answer that was screened.</param>
/// <param name="OwnAnswer">The model's own.</param>
/// <param name="Latents">The latents that carry most of the difference, the largest first by size; empty without an autoencoder.</param>
public sealed record ExplainedRow(int Line, float Difference, string Question, string Answer, string OwnAnswer, IReadOnlyList<LatentShare> Latents);

/// <summary>Explains the top rows of a screening.</summary>
public sealed class ScreenExplanation
{
    private readonly Screener _screener;
    private readonly SparseAutoencoder? _sae;

    /// <summary>An explanation by a screener and, where one is given, an autoencoder.</summary>
    /// <param name="screener">What scored the rows.</param>
    /// <param name="sae">An autoencoder of the output of a trait's block; null for none.</param>
    /// <exception cref="SteeringException">The autoencoder does not fit the model.</exception>
    /// <exception cref="ArgumentException">It does not read where all traits are read, or what a latent writes depends on the row.</exception>
    public ScreenExplanation(Screener screener, SparseAutoencoder? sae = null)
    {
        ArgumentNullException.ThrowIfNull(screener);
        (_screener, _sae) = (screener, sae);
        if (sae is null)
            return;
        var at = sae.RequireFit(screener.Model, sae.Origin.At ?? screener.Traits[0].At);
        if (screener.Traits.FirstOrDefault(trait => trait.At != at) is { } elsewhere)
            throw new ArgumentException($"Screen: the autoencoder reads {at}, the trait {elsewhere.Name} is read at {elsewhere.At} — their latents say nothing of it. Give an autoencoder of that place.", nameof(sae));
        if (sae.DecodingNeedsRows || sae.IsTranscoder)
            throw new ArgumentException("Screen: what a latent of this autoencoder writes depends on the row, or is written elsewhere, so that it has no fixed share of a direction. Give another.", nameof(sae));
    }

    /// <summary>Explains the rows of the largest differences.</summary>
    /// <param name="trait">What was found for a trait.</param>
    /// <param name="data">The data that was screened.</param>
    /// <param name="scores">Its scores; own answers that they lack are generated.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="latents">How many latents of each.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    public IReadOnlyList<ExplainedRow> Top(TraitSummary trait, ScreenData data, ScoreFile scores, int count = 20, int latents = 5, CancellationToken cancellation = default)
    {
        var top = trait.Ranking.Take(count).ToDictionary(row => row.Line, row => row.Difference);
        List<ScreenRow> rows = [.. data.Rows().Where(row => top.ContainsKey(row.Line)).OrderByDescending(row => top[row.Line]).ThenBy(row => row.Line)];
        var known = scores.Rows().Where(row => top.ContainsKey(row.Line) && row.OwnAnswer is not null).ToDictionary(row => row.Line, row => row.OwnAnswer!);
        string[] own = known.Count == rows.Count ? [.. rows.Select(row => known[row.Line])] : _screener.OwnAnswersTo(rows, cancellation);
        var direction = _screener.Traits.Single(candidate => candidate.Name == trait.Trait);
        return [.. rows.Zip(own, (row, answer) => new ExplainedRow(row.Line, top[row.Line], row.Sample!.Prompt.Words, row.Sample.Answer, answer,
            _sae is null || answer.Length == 0 ? [] : Shares(direction, row.Sample, answer, latents, cancellation)))];
    }

    private LatentShare[] Shares(ScreenTrait trait, ScreenSample sample, string own, int count, CancellationToken cancellation)
    {
        int[] prompt = sample.Prompt.Encode(_screener.Model);
        float[] given = MeanLatents(trait.At, _screener.Encode(prompt, sample.Answer), cancellation), generated = MeanLatents(trait.At, _screener.Encode(prompt, own), cancellation);
        return [.. Enumerable.Range(0, given.Length).Where(latent => given[latent] != generated[latent])
            .Select(latent => new LatentShare(latent, given[latent], generated[latent], (given[latent] - generated[latent]) * TensorPrimitives.Dot<float>(_sae!.DecoderRow(latent).Values, trait.Unit)))
            .OrderByDescending(share => Math.Abs(share.Contribution)).ThenBy(share => share.Latent).Take(count)];
    }

    private float[] MeanLatents(HookPoint at, EncodedExample text, CancellationToken cancellation)
    {
        var capture = new ActivationCapture([at], (sequence, position) => position >= sequence.PromptLength);
        using var run = new ModelRun(_screener.Model, [new Sequence(text.Ids, text.PromptLength)], [capture], at);
        run.Forward(LogitRows.None, cancellation: cancellation);
        var latents = _sae!.EncodeSparse(capture[at]);
        var mean = new float[_sae.LatentCount];
        for (int row = 0; row < latents.RowCount; row++)
        {
            ReadOnlySpan<int> indices = latents.Indices(row);
            ReadOnlySpan<float> values = latents.Values(row);
            for (int i = 0; i < indices.Length; i++)
                mean[indices[i]] += values[i] / latents.RowCount;
        }
        return mean;
    }
}
