using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests;

public sealed class RepositoryTests
{
    [Fact]
    public void The_checkout_root_is_found() => Assert.True(File.Exists(Path.Combine(Repository.Root, "Trimtab.slnx")));
}
