using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Trimtab.Cli.Tests;

/// <summary>The line below a text, on a screen that does what a VT100 does with the few sequences that are used.</summary>
public sealed partial class GaugeLineTests
{
    [Theory, InlineData(0), InlineData(5)]
    public void What_is_shown_stands_below_the_text_which_goes_on_above_it(int linesBefore)
    {
        var screen = new Screen(rows: 5);
        screen.Write(string.Concat(Enumerable.Range(0, linesBefore).Select(line => $"old {line}\n")));
        using (var gauges = new GaugeLine(screen, 5))
            for (int line = 0; line < 6; line++)
            {
                screen.Write($"answer {line}");
                gauges.Show($"gauge {line}");
                Assert.Equal(($"answer {line}", $"gauge {line}"), (screen.Line, screen.Last));
                screen.Write(", more\n");
                Assert.Equal($"gauge {line}", screen.Last);
            }
        Assert.Equal(["answer 3, more", "answer 4, more", "answer 5, more", "", ""], screen.Lines);
        // The whole screen is the text's again.
        screen.Write("a\nb\nc");
        Assert.Equal(["answer 4, more", "answer 5, more", "a", "b", "c"], screen.Lines);
    }

    [Fact]
    public void Where_standard_error_is_no_terminal_there_is_none()
    {
        var old = Console.Error;
        Console.SetError(TextWriter.Null);
        try
        {
            Assert.Null(GaugeLine.OnStandardError());
        }
        finally
        {
            Console.SetError(old);
        }
    }

    private sealed partial class Screen(int rows) : StringWriter
    {
        private readonly string[] _lines = [.. Enumerable.Repeat("", rows)];
        private (int Row, int Column) _cursor, _kept;
        private (int First, int Last) _margins = (0, rows - 1);

        public IReadOnlyList<string> Lines => _lines;

        public string Line => _lines[_cursor.Row];

        public string Last => _lines[^1];

        public override void Write(string? value)
        {
            foreach (Match piece in Pieces().Matches(value!))
                Take(piece.Value, [.. piece.Groups["number"].Captures.Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture))], piece.Groups["end"].Value);
        }

        private void Take(string piece, int[] numbers, string end)
        {
            if (piece == "\n")
                Feed();
            else if (piece == "\e7")
                _kept = _cursor;
            else if (piece == "\e8")
                _cursor = _kept;
            else if (end == "H")
                _cursor = (numbers[0] - 1, numbers[1] - 1);
            else if (end == "K")
                _lines[_cursor.Row] = "";
            else if (end == "A")
                _cursor.Row--;
            else if (end == "r")
                (_margins, _cursor) = (numbers.Length > 0 ? (numbers[0] - 1, numbers[1] - 1) : (0, _lines.Length - 1), (0, 0));
            else if (end.Length == 0)
            {
                _lines[_cursor.Row] = _lines[_cursor.Row].PadRight(_cursor.Column)[.._cursor.Column] + piece;
                _cursor.Column += piece.Length;
            }
        }

        // A line end scrolls what lies between the margins where it stands on their last line, and nothing below them.
        private void Feed()
        {
            if (_cursor.Row == _margins.Last)
            {
                Array.Copy(_lines, _margins.First + 1, _lines, _margins.First, _margins.Last - _margins.First);
                _lines[_margins.Last] = "";
            }
            else if (_cursor.Row < _lines.Length - 1)
                _cursor.Row++;
            _cursor.Column = 0;
        }

        [GeneratedRegex(@"\e\[\??(?<number>\d+)?(;(?<number>\d+))*(?<end>[A-Za-z])|\e[78]|\n|[^\e\n]+")]
        private static partial Regex Pieces();
    }
}
