namespace Health.Simulators.Hospital;

internal static class Help
{
    public const string Text = """
        Hospital simulator: the outside of two hospitals, driven over HTTP. Test identities only.

        Options
          --urls URL                 where the control API listens (the demo uses http://127.0.0.1:8092)
          --his-database CONNECTION  play the county hospital's HIS in this PostgreSQL database; it is made when it is missing,
                                     with table his.admission and view his.v_admission
          --his-receipts FILE        journal of the receipts the HIS has booked; without it they live as long as the program
          --help                     this text

        A sender of HL7 v2 over MLLP (all bodies are JSON)
          POST /mllp/send            host, port, text or base64, charset (UTF-8, GB18030), faults: sends one message, returns its acknowledgement
          POST /scenarios/NAME       host, port, sender (mych: HIS|MYCH, UTF-8; yxws: CIS|YXWS, GB 18030) and what the message says;
                                     NAME: registration (A04) admission (A01) update (A08) discharge (A03) cancellation (A11)
                                     blood-count (ORU^R01) broken-registration (A04 without any patient number)
          GET  /scenarios            the names, and the fields of the body with an example
          GET  /journal              everything sent, attempt by attempt, with the acknowledgements; ?controlId= narrows it
          DELETE /journal            forget it
          Faults (object "faults"):  dropAcknowledgement (hang up unread and send again), closeMidFrame (hang up in the middle of the frame
                                     and send again), sendTwice (the same frame twice on one connection)

        A receiver of HL7 v2 over MLLP (what the platform sends to a hospital)
          POST /receivers            port (0 takes a free one), charset; listens on 127.0.0.1 and returns its port
          GET  /receivers/PORT/messages    everything that came, in order, with what was answered
          POST /receivers/PORT/behaviours  an array of answer, count, milliseconds: how the next messages are answered; afterwards AA (CA in
                                     enhanced mode). answer: AA AE AR CA CE CR silence late wrong-id close garbage
          DELETE /receivers/PORT/behaviours  forget what is planned
          PUT  /receivers/PORT/people      an array of patients: QBP^Q22 is answered about them
          DELETE /receivers/PORT     hang up and stop listening

        The HIS of the county hospital (with --his-database)
          POST /his/admissions       one admission or an array: new by visit number, or changed; ?holdMilliseconds=N keeps the transaction open
                                     after the row got its time stamp (a late commit)
          GET  /his/admissions       what the view shows
          DELETE /his/admissions/VISIT  removes the row

        The receipts of the HIS
          POST /his/settlements      receiptNo, visitNo, institutionCode, totalFen (negative: a red receipt, with originalNo): booked once by its number
          GET  /his/settlements      the ledger as CSV; ?day=yyyy-MM-dd (in China), ?institution=CODE
          POST /control/his-faults   mode (delay, lose-answer, error, duplicate), count, milliseconds, match (part of a receipt number)

          GET /health/live           answers when the program runs
        """;

    private static readonly string[] Known = ["--urls", "--his-database", "--his-receipts", "--environment", "--contentRoot"];

    public static string? FirstUnknown(string[] args) =>
        args.FirstOrDefault(argument => argument.StartsWith("--", StringComparison.Ordinal)
            && !argument.StartsWith("--Logging", StringComparison.Ordinal)
            && !Known.Contains(argument.Split('=')[0]));
}
