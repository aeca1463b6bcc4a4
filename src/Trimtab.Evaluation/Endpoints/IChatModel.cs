using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Endpoints;

/// <summary>A model that can be talked with, wherever it runs.</summary>
public interface IChatModel
{
    /// <summary>What it is called, in one line.</summary>
    string Name { get; }

    /// <summary>Its likeliest answer to a conversation.</summary>
    /// <param name="chat">The conversation, which ends with the user's words.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<string> Answer(Chat chat, CancellationToken cancellation = default);
}
