using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Notifications in the R4 form of the backport: a Bundle of type history whose first entry is the status, as Parameters.
/// http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4
/// </summary>
public static class NotificationWriter
{
    private const string StatusProfile = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="id">Of the status entry.</param>
    public static byte[] Bundle(Notification notification, string baseUrl, Guid id, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("id", Guid.CreateVersion7(now).ToString());
            json.WriteString("type", "history");
            json.WriteString("timestamp", ResourceBytes.Instant(now));
            json.WriteStartArray("entry");
            json.WriteStartObject();
            json.WriteString("fullUrl", $"urn:uuid:{id}");
            json.WritePropertyName("resource");
            Status(json, notification, baseUrl, id.ToString());
            Request(json, "GET", $"{baseUrl}/Subscription/{notification.SubscriptionId}/$status", "200");
            json.WriteEndObject();
            if (notification.Content != NotificationContent.Empty)
                foreach (var notified in notification.Events)
                    if (notified.Record is { } record) Entry(json, record, notification.Content, baseUrl);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The status as Parameters.</summary>
    public static void Status(Utf8JsonWriter json, Notification notification, string baseUrl, string id)
    {
        json.WriteStartObject();
        json.WriteString("resourceType", "Parameters");
        json.WriteString("id", id);
        json.WriteStartObject("meta");
        json.WriteStartArray("profile");
        json.WriteStringValue(StatusProfile);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("parameter");
        Reference(json, "subscription", $"{baseUrl}/Subscription/{notification.SubscriptionId}");
        if (notification.Settings?.Topic is { } topic) ParametersAnswer.Value(json, "topic", "valueCanonical", topic.Canonical);
        ParametersAnswer.Value(json, "status", "valueCode", notification.Status);
        ParametersAnswer.Value(json, "type", "valueCode", notification.Kind);
        ParametersAnswer.Value(json, "events-since-subscription-start", "valueString", notification.EventsSinceStart.ToString(CultureInfo.InvariantCulture));
        foreach (var notified in notification.Events) Event(json, notified, notification.Content, baseUrl);
        if (notification.Error is { } error)
        {
            json.WriteStartObject();
            json.WriteString("name", "error");
            json.WriteStartObject("valueCodeableConcept");
            json.WriteString("text", error);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Event(Utf8JsonWriter json, NotifiedEvent notified, NotificationContent content, string baseUrl)
    {
        json.WriteStartObject();
        json.WriteString("name", "notification-event");
        json.WriteStartArray("part");
        ParametersAnswer.Value(json, "event-number", "valueString", notified.Event.Number.ToString(CultureInfo.InvariantCulture));
        ParametersAnswer.Value(json, "timestamp", "valueInstant", ResourceBytes.Instant(notified.Event.At));
        if (content != NotificationContent.Empty && notified.Record is { } record) Reference(json, "focus", $"{baseUrl}/{record.ResourceType}/{record.Id}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Entry(Utf8JsonWriter json, StoredRecord record, NotificationContent content, string baseUrl)
    {
        json.WriteStartObject();
        json.WriteString("fullUrl", $"{baseUrl}/{record.ResourceType}/{record.Id}");
        if (content == NotificationContent.FullResource && record.Json is { IsEmpty: false } body)
        {
            json.WritePropertyName("resource");
            json.WriteRawValue(body.Span, skipInputValidation: true);
        }

        var (method, url, status) = record switch
        {
            { Deleted: true } => ("DELETE", $"{record.ResourceType}/{record.Id}", "204"),
            { Version: 1 } => ("POST", record.ResourceType, "201"),
            _ => ("PUT", $"{record.ResourceType}/{record.Id}", "200"),
        };
        Request(json, method, url, status, record);
        json.WriteEndObject();
    }

    private static void Request(Utf8JsonWriter json, string method, string url, string status, StoredRecord? record = null)
    {
        json.WriteStartObject("request");
        json.WriteString("method", method);
        json.WriteString("url", url);
        json.WriteEndObject();
        json.WriteStartObject("response");
        json.WriteString("status", status);
        if (record is not null)
        {
            json.WriteString("etag", FhirHeaders.ETag(record.Version));
            json.WriteString("lastModified", ResourceBytes.Instant(record.LastUpdated));
        }

        json.WriteEndObject();
    }

    private static void Reference(Utf8JsonWriter json, string name, string reference)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartObject("valueReference");
        json.WriteString("reference", reference);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
