namespace Health.Hl7v2;

/// <summary>The three states of a field (HL7 v2.5.1 chapter 2.5.3): nothing said, deletion asked for, value given.</summary>
public enum Hl7Presence { Absent, Null, Present }
