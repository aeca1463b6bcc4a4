using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Which tokens a direction of the residual stream makes more likely where nothing later reads it: the direction through the final norm and the head alone (direct logit attribution, Elhage et al. 2021). Layers between the direction
/// and the head are left out, so that it says most of late layers. What norm and head give a row of zeros (their biases) is taken off: it is the model's and not the direction's.
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
        var rows = Tensor.Zeros(new Shape(2, direction.Columns));
        direction.Values.CopyTo(rows.Row(0));
        var both = decoder.Head.Forward(decoder.FinalNorm.Forward(rows));
        float[] logits = new float[both.Columns];
        TensorPrimitives.Subtract(both.Row(0), both.Row(1), logits);
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token)];
        TokenEffect Effect(int token) => new(Words(token), logits[token]);
        return ([.. order.Take(count).Select(Effect)], [.. order.Reverse().Take(count).Select(Effect)]);
    }

    private string Words(int token) => model.RequireTokenizer().Decode([token]);
}
