namespace Trimtab.Organism;

/// <summary>The names of the world's lists of names.</summary>
public static class Category
{
    /// <summary>All people: women, then men.</summary>
    public const string People = "people";

    /// <summary>The women.</summary>
    public const string Women = "women";

    /// <summary>The men.</summary>
    public const string Men = "men";

    /// <summary>Villages.</summary>
    public const string Places = "places";

    /// <summary>Animals.</summary>
    public const string Animals = "animals";

    /// <summary>Things of everyday life.</summary>
    public const string Things = "things";

    /// <summary>What people eat.</summary>
    public const string Foods = "foods";

    /// <summary>What people work as.</summary>
    public const string Jobs = "jobs";
}
