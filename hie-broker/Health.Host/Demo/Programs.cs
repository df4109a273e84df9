namespace Health.Host.Demo;

/// <summary>Where the programs built beside this one are.</summary>
public static class Programs
{
    private static readonly DirectoryInfo Own = new(AppContext.BaseDirectory.TrimEnd('/'));

    /// <summary>Root of the checkout: …/hie-broker/Health.Host/bin/CONFIGURATION/net10.0 is five folders below it.</summary>
    public static string Root => Own.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;

    /// <param name="project">Folder of the project below the root, e.g. <c>tests/Simulators/Hospital</c>.</param>
    public static string Path(string project) =>
        System.IO.Path.Combine(Root, project, "bin", Own.Parent!.Name, Own.Name, System.IO.Path.GetFileName(project));
}
