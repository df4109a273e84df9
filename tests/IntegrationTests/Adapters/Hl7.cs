using Health.Contracts;
using Health.Hl7v2.Mllp;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

internal static class Hl7
{
    public static byte[] Frame(byte[] message) => MllpWriter.Frame(message);

    public static async Task<RawMessage?> Raw(this Hospital hospital, string messageId) =>
        await hospital.Host.Services.GetRequiredService<IRawMessages>().Open(messageId, default);
}
