using System.Globalization;

namespace Trimtab.Cli;

/// <summary>The last line of a terminal, kept apart from the text that scrolls above it. What it shows is written over, as often as there is something new.</summary>
internal sealed class GaugeLine : IDisposable
{
    // A line for the gauges, and enough above it for a text to be read in.
    private const int FewestRows = 4;

    private readonly TextWriter _terminal;
    private readonly int _rows;

    /// <summary>Takes the last line away from the text, whose margins end above it.</summary>
    /// <param name="terminal">A terminal that knows the control sequences of the VT100, its cursor at the beginning of a line.</param>
    /// <param name="rows">How many lines it shows.</param>
    public GaugeLine(TextWriter terminal, int rows)
    {
        (_terminal, _rows) = (terminal, rows);
        // Where the cursor stands on the last line, the line end scrolls room for it. Setting margins moves the cursor, so that its place is kept meanwhile.
        Write($"\n\e7\e[1;{rows - 1}r\e8\e[A");
    }

    /// <summary>The last line of standard error; null where that is no terminal, or one without control sequences or room.</summary>
    public static GaugeLine? OnStandardError()
    {
        var profile = ProgressBar.StandardError().Profile;
        return profile.Out.IsTerminal && profile.Capabilities.Ansi && profile.Height >= FewestRows ? new GaugeLine(Console.Error, profile.Height) : null;
    }

    /// <summary>Shows a text in place of the last one. What does not fit on the line is cut off by the terminal, which is told not to wrap.</summary>
    public void Show(string text) => Write($"\e7\e[{_rows};1H\e[2K\e[?7l{text}\e[?7h\e8");

    /// <summary>Clears the line and gives it back to the text.</summary>
    public void Dispose() => Write($"\e7\e[{_rows};1H\e[2K\e[r\e8");

    private void Write(FormattableString text) => _terminal.Write(text.ToString(CultureInfo.InvariantCulture));
}
