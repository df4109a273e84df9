using System.CommandLine;

namespace Health.Host.Commands;

/// <summary><c>health cards</c>: issuing, import, life cycle, reconciliation.</summary>
public static class CardsCommand
{
    public static Command Create()
    {
        var root = new Command("cards", "Health cards. 健康卡") { CardsIssueCommand.Create(), CardsBatchCommands.Sample(), CardsBatchCommands.Import(), ReconcileCommand.Create() };
        foreach (var act in CardsLifeCommands.Create()) root.Add(act);
        return root;
    }
}
