using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>Batches of cards: made for the personaliser, or imported. What verbs and doors call.</summary>
public sealed class CardBatches(
    BatchRun run, BatchStore store, CardLog cards, IResidentIndex residents, IDirectory directory, IKeyring keys, NpgsqlDataSource database, NodeIdentity node, CardBridgeSettings settings)
{
    /// <summary>Makes cards for the orders of a file; see <see cref="BatchRun.Run"/> for errors.</summary>
    public async Task<BatchReport> Make(BatchRequest request, string actor, Action<long> progress, CancellationToken ct)
    {
        // Outside Development the masters are in the HSM and never here.
        if (!node.IsDevelopment) throw new BatchRefusedException("Batches are made with the published test keys, in Development only: no HSM with master keys is connected.");
        var institutions = await Institutions(ct);
        var issuerKeys = new CardMaking.Keys(MasterKeys.TestHealth, Secrets.Read(node, settings.TransportKeyFile, "card-transport.key", () => System.Security.Cryptography.RandomNumberGenerator.GetBytes(16), 16), settings.CityCode);
        return await run.Run(request, new CardMaking(store, Check(institutions), institutions, issuerKeys, node.DivisionCode, request.Folder), actor, progress, ct);
    }

    public async Task<BatchReport> Import(BatchRequest request, string actor, Action<long> progress, CancellationToken ct) =>
        await run.Run(request, Importing(await Institutions(ct), request.Folder), actor, progress, ct);

    public async Task<ImportReport> Compare(BatchRequest request, Action<long> progress, CancellationToken ct) =>
        await Importing(await Institutions(ct), request.Folder).DryRun(request.OrdersFile, Math.Clamp(request.PartSize, 1, BatchRequest.MaxPartSize), progress, ct);

    private CardImport Importing(IReadOnlyDictionary<string, Institution> institutions, string folder) => new(store, Check(institutions), database, keys, folder);

    private OrderCheck Check(IReadOnlyDictionary<string, Institution> institutions) => new(cards, residents, keys, institutions, node.IsDevelopment);

    private async Task<IReadOnlyDictionary<string, Institution>> Institutions(CancellationToken ct) => (await directory.Institutions(ct)).ToDictionary(institution => institution.Code, StringComparer.Ordinal);
}
