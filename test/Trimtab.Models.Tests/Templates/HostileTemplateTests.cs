using System.Diagnostics;
using Trimtab.Models.Text;
using Trimtab.Models.Text.Templates;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

/// <summary>Templates made to hang, to fill the memory or to overflow the stack: each ends soon, in the error that names the limit.</summary>
public sealed class HostileTemplateTests
{
    private const long AllocationBound = 400_000_000;
    private static readonly TimeSpan TimeBound = TimeSpan.FromSeconds(20);

    // A tenth of the defaults, for the tests' own speed: what is bounded is proportional to them.
    private static readonly ChatTemplateOptions Tight = new() { Limits = new TemplateLimits { MaxSteps = 1_000_000, MaxOutputLength = 2 << 20 } };

    [Theory]
    [InlineData("{% for i in range(10**12) %}{% endfor %}", "MaxSteps")]
    [InlineData("{% for i in range(10**6) %}{% for j in range(10**6) %}{% endfor %}{% endfor %}", "MaxSteps")]
    [InlineData("{% for i in range(10**9) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %}", "MaxOutputLength")]
    [InlineData("{{ range(10**12)|list }}", "MaxSteps")]
    [InlineData("{{ range(10**12)|sum }}", "MaxSteps")]
    [InlineData("{{ range(10**12)|map('string')|join }}", "MaxSteps")]
    [InlineData("{{ range(10**12)|batch(2)|list }}", "MaxSteps")]
    [InlineData("{{ 'x' in range(10**12) }}", "MaxSteps")]
    [InlineData("{{ range(10**12).index(5.5) }}", "MaxSteps")]
    [InlineData("{% set ns = namespace(a='x') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}", "MaxOutputLength")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set ns = namespace(a=(1,)) %}{% for i in range(99) %}{% set ns.a = ns.a * 10 %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}", "Max")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|tojson }}", "Max")]
    [InlineData("{% set n = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}{{ n.a == n.b }}", "MaxSteps")]
    [InlineData("{% set n = namespace(a=(1,), b=(1,)) %}{% for i in range(60) %}{% set n.a = (n.a, n.a) %}{% set n.b = (n.b, n.b) %}{% endfor %}{{ {n.a: 1}[n.b] }}", "MaxSteps")]
    [InlineData("{{ 'a' * 10**9 }}", "MaxOutputLength")]
    [InlineData("{{ 'ab' * 10**30 }}", "MaxOutputLength")]
    [InlineData("{{ [1] * 10**9 }}", "MaxSteps")]
    [InlineData("{{ [1, 2] * 10**30 }}", "MaxSteps")]
    [InlineData("{{ 2 ** (10 ** 9) }}", "bits")]
    [InlineData("{{ 10 ** 10 ** 10 ** 10 ** 10 }}", "bits")]
    [InlineData("{% set ns = namespace(a=3) %}{% for i in range(99) %}{% set ns.a = ns.a * ns.a %}{% endfor %}", "bits")]
    [InlineData("{{ '%1000000000d' % 1 }}", "MaxOutputLength")]
    [InlineData("{{ '%*d' % (10**9, 1) }}", "MaxOutputLength")]
    [InlineData("{{ '%.1000000000f' % 1.5 }}", "digits")]
    [InlineData("{{ '%.1000000000d' % 1 }}", "MaxOutputLength")]
    [InlineData("{{ '%99999999999999999999999d' % 1 }}", "digits")]
    [InlineData("{{ '{:1000000000}'.format(1) }}", "MaxOutputLength")]
    [InlineData("{{ '{:>{w}}'.format('x', w=10**9) }}", "MaxOutputLength")]
    [InlineData("{{ '{:.1000000000f}'.format(1.5) }}", "digits")]
    [InlineData("{{ 'x'|center(10**9) }}", "MaxOutputLength")]
    [InlineData("{{ 'x'.center(10**9) }}", "MaxOutputLength")]
    [InlineData("{{ 'x'.ljust(10**12) }}", "MaxOutputLength")]
    [InlineData("{{ 'x'.zfill(10**9) }}", "MaxOutputLength")]
    [InlineData("{{ 'a\tb'.expandtabs(10**9) }}", "MaxOutputLength")]
    [InlineData("{{ 'a\nb'|indent(10**9) }}", "MaxOutputLength")]
    [InlineData("{{ ('a\n' * 10**6)|indent(1000) }}", "Max")]
    [InlineData("{{ ('a ' * 10**6)|wordwrap(1, wrapstring='x' * 1000) }}", "Max")]
    [InlineData("{{ ('a' * 10**6).replace('', 'x' * 10**6) }}", "MaxOutputLength")]
    [InlineData("{{ ('a' * 10**6).replace('a', 'x' * 10**6) }}", "MaxOutputLength")]
    [InlineData("{{ ('a' * 10**6).join('b' * 10**6) }}", "MaxOutputLength")]
    [InlineData("{{ ('<' * 10**6)|escape }}", "MaxOutputLength")]
    [InlineData("{{ ('ä' * 10**6)|urlencode }}", "MaxOutputLength")]
    [InlineData("{{ [[[1]]]|tojson(indent=10**9) }}", "MaxOutputLength")]
    [InlineData("{{ [1]|batch(10**9, 0)|list }}", "MaxSteps")]
    [InlineData("{{ [1]|slice(10**9)|list }}", "MaxSteps")]
    [InlineData("{{ ('a b ' * 10**5).split() * 10 }}", "MaxSteps")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "MaxDepth")]
    [InlineData("{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}", "MaxDepth")]
    [InlineData("{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{{ caller }}{% endmacro %}{{ f() }}", "MaxDepth")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "MaxDepth")]
    [InlineData("{% set ns = namespace(a=[]) %}{% for i in range(10**4) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}", "MaxDepth")]
    [InlineData("{% set ns = namespace(a=[]) %}{% for i in range(10**4) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a|tojson }}", "MaxDepth")]
    [InlineData("{% set n = namespace(a=[], b=[]) %}{% for i in range(10**4) %}{% set n.a = [n.a] %}{% set n.b = [n.b] %}{% endfor %}{{ n.a == n.b }}", "MaxDepth")]
    [InlineData("{% set n = namespace(a=(), b=()) %}{% for i in range(10**4) %}{% set n.a = (n.a,) %}{% set n.b = (n.b,) %}{% endfor %}{{ n.a < n.b }}", "MaxDepth")]
    [InlineData("{% set s = 'a' * 10**6 %}{% set t = 'a' * 5 * 10**5 ~ 'b' %}{% for i in range(10**6) %}{% if t in s %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'a' * 10**6 %}{% for i in range(10**6) %}{% if s.count('b') %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'a' * 10**6 %}{% for i in range(10**6) %}{% if s.rfind('b') %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'a' * 10**6 %}{% set t = s ~ 'b' %}{% for i in range(10**6) %}{% if s ~ 'c' == t %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = ' ' * 10**6 %}{% for i in range(10**6) %}{% if s.strip() %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'x' * 10**6 %}{% for i in range(10**6) %}{% if s|wordcount %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'x' * 10**6 %}{% for i in range(10**6) %}{% if s is lower %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'x' * 10**6 %}{% for i in range(10**6) %}{% if s|int %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'x' * 10**6 %}{% for i in range(10**6) %}{% set x = strftime_now(s) %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(10**6) %}{% set ns.l = ns.l + ['a' * 10**5] %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set l = [1] * 10**5 * 5 %}{% for i in range(10**6) %}{% set x = l.pop(0) %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'xy' * 10**6 %}{% for i in range(10**6) %}{% set x = 'z'.strip(s) %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set s = 'x' * 10**6 %}{% for i in range(10**6) %}{% if (s ~ 'y').startswith((s ~ 'z',) * 1000) %}{% endif %}{% endfor %}", "MaxSteps")]
    [InlineData("{% set l = [{}]|map(attribute='a.' * 10**6, default={})|list %}", "MaxSteps")]
    public void It_ends_in_the_error_that_names_the_limit(string source, string limit)
    {
        var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render(Chat.User("hi"), Tight));
        Assert.Equal(ChatTemplateErrorKind.Limit, error.Kind);
        Assert.Contains(limit, error.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeBound);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationBound);
    }

    [Fact]
    public void Long_sources_take_time_in_proportion_to_their_length()
    {
        const int length = 200_000;
        var texts = "{{ " + string.Concat(Enumerable.Repeat("'a' ", length)) + "|length }}";
        var arguments = "{{ dict(" + string.Concat(Enumerable.Range(0, length).Select(i => $"a{i}=1, ")) + ")|length }}";
        var parameters = string.Join(", ", Enumerable.Range(0, length).Select(i => $"a{i}=1"));
        var macro = $"{{% macro m({parameters}) %}}{{{{ a7 }}}}{{% endmacro %}}{{{{ m({parameters}) }}}}";
        var tags = string.Concat(Enumerable.Repeat("{# #}\n  {% if 1 %}{% raw %}{{{% endraw %}{% endif %}", length / 10));
        var clock = Stopwatch.StartNew();
        Assert.Equal("200000", ChatTemplate.Parse(texts).Render(Chat.Empty));
        Assert.Equal("200000", ChatTemplate.Parse(arguments).Render(Chat.Empty));
        Assert.Equal("1", ChatTemplate.Parse(macro).Render(Chat.Empty));
        Assert.EndsWith("{{", ChatTemplate.Parse(tags).Render(Chat.Empty), StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeBound);
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "{1:", "1", "}", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "1 + ", "1", "", " }}")]
    [InlineData("{{ ", "1 * ", "1", "", " }}")]
    [InlineData("{{ ", "2 ** ", "1", "", " }}")]
    [InlineData("{{ ", "1 and ", "1", "", " }}")]
    [InlineData("{{ ", "1 if 1 else ", "1", "", " }}")]
    [InlineData("{{ x", ".a", "", "", " }}")]
    [InlineData("{{ x", "[0]", "", "", " }}")]
    [InlineData("{{ x", "()", "", "", " }}")]
    [InlineData("{{ x", "|upper", "", "", " }}")]
    [InlineData("{{ ", "f(", "1", ")", " }}")]
    [InlineData("{{ ", "x[", "1", "]", " }}")]
    [InlineData("{{ x", "|default(x", "1", ")", " }}")]
    [InlineData("", "{% if 1 %}", "x", "{% endif %}", "")]
    [InlineData("", "{% for i in x %}", "x", "{% endfor %}", "")]
    [InlineData("", "{% macro m() %}", "x", "{% endmacro %}", "")]
    [InlineData("", "{% call x() %}", "x", "{% endcall %}", "")]
    [InlineData("", "{% filter upper %}", "x", "{% endfilter %}", "")]
    [InlineData("", "{% set x %}", "x", "{% endset %}", "")]
    [InlineData("", "{% with %}", "x", "{% endwith %}", "")]
    [InlineData("{% set ", "(", "x", ",)", "= 1 %}")]
    [InlineData("{% filter upper", "|upper", "", "", "%}{% endfilter %}")]
    public void Source_nested_ten_thousand_deep_is_a_syntax_error(string before, string open, string inner, string close, string after)
    {
        const int depth = 10_000;
        var source = before + string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth)) + after;
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source));
        Assert.Equal(ChatTemplateErrorKind.Syntax, error.Kind);
        Assert.Contains("levels deep", error.Message, StringComparison.Ordinal);
    }

    // How deep a stack reaches depends on the thread and on how far its code is optimised; a small one is overrun by these in any case.
    [Theory]
    [InlineData("{% macro f() %}{{ ((((((((((f())))))))))) }}{% endmacro %}{{ f() }}")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(5 * 10**4) %}{% set ns.a = ns.a|map('string') %}{% endfor %}{{ ns.a|list }}")]
    public void Deep_nesting_on_a_small_stack_ends_in_an_error_as_well(string source)
    {
        var template = ChatTemplate.Parse(source.Replace("((((((((((", new string('(', 150), StringComparison.Ordinal).Replace("))))))))))", new string(')', 150), StringComparison.Ordinal));
        ChatTemplateException? error = null;
        var thread = new Thread(() => error = Assert.Throws<ChatTemplateException>(() => template.Render(Chat.Empty)), maxStackSize: 256 << 10);
        thread.Start();
        thread.Join();
        Assert.Equal(ChatTemplateErrorKind.Limit, error!.Kind);
    }

    [Fact]
    public void Nothing_of_the_host_is_within_reach()
    {
        foreach (var path in new[] { "''.__class__", "''.__class__.__mro__", "range.__globals__", "messages.GetType()", "''.Text", "dict.__init__.x", "''|attr('__class__')" })
            Assert.Equal("", RenderOrNothing($"{{{{ {path} }}}}"));

        static string RenderOrNothing(string source)
        {
            try
            {
                return ChatTemplate.Parse(source).Render(Chat.Empty);
            }
            catch (ChatTemplateException)
            {
                return "";
            }
        }
    }

    [Fact]
    public void Limits_are_the_callers_choice()
    {
        var template = ChatTemplate.Parse("{% for i in range(1000) %}{{ i }}{% endfor %}");
        var tight = new ChatTemplateOptions { Limits = new TemplateLimits { MaxSteps = 500 } };
        var narrow = new ChatTemplateOptions { Limits = new TemplateLimits { MaxOutputLength = 100 } };
        Assert.Equal(2890, template.Render(Chat.Empty).Length);
        Assert.Contains("500 steps", Assert.Throws<ChatTemplateException>(() => template.Render(Chat.Empty, tight)).Message, StringComparison.Ordinal);
        Assert.Contains("100 characters", Assert.Throws<ChatTemplateException>(() => template.Render(Chat.Empty, narrow)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => template.Render(Chat.Empty, new ChatTemplateOptions { Limits = new TemplateLimits { MaxDepth = 0 } }));
    }
}
