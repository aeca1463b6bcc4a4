using System.CommandLine;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Cli;

/// <summary>--prompt or --ids, with --raw and --system: where a run starts.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _prompt = CommonOptions.Prompt(), _system = CommonOptions.System();
    private readonly Option<int[]?> _ids = CommonOptions.Ids();
    private readonly Option<bool> _raw = CommonOptions.Raw();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_prompt, _ids, _raw, _system])
            command.Options.Add(option);
    }

    /// <summary>Whether any of the options was given.</summary>
    public bool IsGiven(ParseResult parsed) => ((Option[])[_prompt, _ids, _raw, _system]).Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The tokens to start from.</summary>
    public int[] Read(ParseResult parsed, LoadedModel model)
    {
        string? text = parsed.GetValue(_prompt), system = parsed.GetValue(_system);
        int[]? ids = parsed.GetResult(_ids) is null ? null : parsed.GetValue(_ids);
        if ((text is null) == (ids is null))
            throw new ArgumentException("Give either --prompt TEXT or --ids 1,2,3.");
        if (system is not null && (ids is not null || parsed.GetValue(_raw)))
            throw new ArgumentException("--system needs a chat template; it cannot go with --raw or --ids.");
        if (ids is not null)
            return RequireKnown(ids, model);
        if (!parsed.GetValue(_raw))
            return model.EncodeChat((system is null ? Chat.Empty : Chat.System(system)).WithUser(text!));
        return model.EncodeText(text!);
    }

    private static int[] RequireKnown(int[] ids, LoadedModel model)
    {
        if (ids.Length == 0)
            throw new ArgumentException("--ids: at least one token id is needed.");
        foreach (int id in ids)
            if (id >= model.Config.VocabularySize)
                throw new ArgumentException($"--ids: {id} is no token of {model.Name}, which has {model.Config.VocabularySize}.");
        return ids;
    }
}
