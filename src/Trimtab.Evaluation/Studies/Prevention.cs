using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Studies;

/// <summary>What keeps a fine-tuning from teaching a trait; by itself nothing does.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Strength">How strong, in a unit of its own.</param>
public sealed record Prevention(string Name, float Strength)
{
    /// <summary>The plan that the model is trained under, and used without; null for none.</summary>
    public SteeringPlan? Plan { get; init; }

    /// <summary>λ of a price on moving along the trait's direction; 0 for none.</summary>
    public double Penalty { get; init; }
}

/// <summary>
/// Fine-tunes a model and gives a view of it as it will be used: without plan. A study knows what is to be trained and not how; what calls it brings the trainer.
/// </summary>
/// <param name="data">What the data set is called.</param>
/// <param name="chats">The data set.</param>
/// <param name="prevention">What keeps the trait away.</param>
/// <param name="cancellation">Ends the training.</param>
public delegate LoadedModel FineTune(string data, IReadOnlyList<Chat> chats, Prevention prevention, CancellationToken cancellation);
