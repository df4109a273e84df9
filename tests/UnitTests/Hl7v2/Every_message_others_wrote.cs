using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Every_message_others_wrote
{
    [Fact]
    public void is_read_without_an_exception_and_no_well_formed_one_is_refused()
    {
        var folder = Sample.SharedFolder() is { } shared ? Path.Combine(shared, "data", "hl7v2", "corpus") : null;
        if (folder is null || !Directory.Exists(folder)) Assert.Skip("The corpus (shared/data/hl7v2/corpus) is not present here.");
        var messages = 0;
        List<string> unread = [];
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsMessageFile))
        {
            foreach (var raw in Hl7Batch.Split(File.ReadAllBytes(file)))
            {
                messages++;
                var result = Hl7Message.Read(raw);
                if (result.Message is not { } message)
                {
                    unread.Add(file);
                    continue;
                }

                foreach (var segment in message.Segments())
                    for (var field = 1; field <= segment.FieldCount; field++)
                        foreach (var repetition in segment[field].Repetitions)
                            for (var component = 1; component <= repetition.ComponentCount; component++) _ = repetition.Component(component).Sub(1).ToText();
                if (message.MessageCode.Length == 0) unread.Add(file);
                message.Dispose();
            }
        }

        Assert.True(messages >= 390, $"Only {messages} messages were found.");
        Assert.Empty(unread);
    }

    private static bool IsMessageFile(string path) => Path.GetExtension(path) is ".hl7" or ".txt" or ".HL7";
}
