namespace Health.Adapters.Sources;

/// <summary>How admissions are pulled from a view of a hospital's own database.</summary>
public sealed record SqlViewSettings;
