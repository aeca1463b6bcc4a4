using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Which tokens a direction of the residual stream makes more likely where nothing later reads it: the direction through the final norm and the head alone (direct logit attribution, Elhage et al. 2021). Layers between the direction
/// and the head are left out, so that it says most of late layers.
/// </summary>
/// <param name="model">The model.</param>
public sealed class LogitEffect(LoadedModel model)
{
    /// <summary>The tokens that a direction raises and those that it lowers.</summary>
    /// <param name="direction">[D].</param>
    /// <param name="count">How many of each.</param>
    public (IReadOnlyList<TokenEffect> Raised, IReadOnlyList<TokenEffect> Lowered) Of(Tensor direction, int count)
    {
        var decoder = model.Decoder;
        float[] logits = [.. decoder.Head.Forward(decoder.FinalNorm.Forward(direction.Reshape(new Shape(1, direction.Columns)))).Values];
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token)];
        TokenEffect Effect(int token) => new(Words(token), logits[token]);
        return ([.. order.Take(count).Select(Effect)], [.. order.Reverse().Take(count).Select(Effect)]);
    }

    private string Words(int token) => model.RequireTokenizer().Decode([token]);
}
