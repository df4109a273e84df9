using System.Text;
using System.Text.Encodings.Web;
using Health.Simulators.Hospital;
using Health.Simulators.Hospital.His;
using Health.Simulators.Hospital.Mllp;
using Health.Simulators.Hospital.Receipts;

Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help.Text);
    return 0;
}

if (Help.FirstUnknown(args) is { } unknown)
{
    Console.Error.WriteLine($"unknown option {unknown}; --help lists what there is");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<Journal>();
builder.Services.AddSingleton<MllpSender>();
builder.Services.AddSingleton<Receivers>();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
var hisDatabase = builder.Configuration["his-database"];
if (hisDatabase is not null) builder.Services.AddSingleton(await HisDatabase.Open(hisDatabase));

var app = builder.Build();
app.MapGet("/health/live", () => "live");
MllpEndpoints.Map(app);
ReceiverEndpoints.Map(app);
ReceiptEndpoints.Map(app, new ReceiptBook(builder.Configuration["his-receipts"]));
if (hisDatabase is not null) HisEndpoints.Map(app);
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"ready hospital simulator on {string.Join(", ", app.Urls)}"));
await app.RunAsync();
return 0;
