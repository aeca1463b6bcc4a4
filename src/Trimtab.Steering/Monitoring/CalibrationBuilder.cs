using Trimtab.Models;

namespace Trimtab.Steering.Monitoring;

/// <summary>Gathers the readings of conversations; memory does not grow with them.</summary>
/// <param name="model">The model that they were read with.</param>
/// <param name="traits">The traits, in the order of the readings.</param>
/// <param name="seed">Decides which readings the percentiles are taken from, where there are more than 65,536.</param>
public sealed class CalibrationBuilder(LoadedModel model, IReadOnlyList<MonitoredTrait> traits, int seed = 1)
{
    private readonly (ReadingSample Prompt, ReadingSample Token, ReadingSample AnswerMean)[] _samples = [.. traits.Select(_ => (new ReadingSample(seed), new ReadingSample(seed), new ReadingSample(seed)))];

    /// <summary>How many conversations were added.</summary>
    public int Conversations { get; private set; }

    /// <summary>Adds every answer of a conversation.</summary>
    public void Add(MonitoredConversation conversation)
    {
        Conversations++;
        foreach (var turn in conversation.Turns)
            for (int trait = 0; trait < traits.Count; trait++)
            {
                _samples[trait].Prompt.Add(turn.Traits[trait].Before);
                if (turn.Traits[trait].Mean is { } mean)
                    _samples[trait].AnswerMean.Add((float)mean);
                for (int position = turn.First; position < turn.First + turn.Count; position++)
                    _samples[trait].Token.Add(conversation.Trace[position][trait]);
            }
    }

    /// <summary>The calibration of what was added.</summary>
    /// <exception cref="InvalidOperationException">Too little was added: the readings of a trait do not differ.</exception>
    public MonitorCalibration Build() => new()
    {
        ModelName = model.Name, ModelFingerprint = model.Fingerprint, Conversations = Conversations,
        Traits = [.. traits.Zip(_samples, (trait, sample) => new TraitCalibration(trait.Name, trait.At, trait.Digest(model),
            sample.Prompt.Build($"'{trait.Name}' before answers"), sample.Token.Build($"'{trait.Name}' at tokens"), sample.AnswerMean.Build($"'{trait.Name}' over answers")))],
    };
}
