using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Health.Benchmarks;

/// <summary>
/// One keep-alive connection of HTTP/1.1 over a blocking socket: the load generator shares the two cores with what it measures, so it does
/// nothing that a request does not need. One request at a time.
/// </summary>
public sealed class RawHttp : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[64 * 1024];
    private byte[] request = new byte[4096];
    private int filled, bodyStart, bodyLength;

    public RawHttp(int port) => socket.Connect("127.0.0.1", port);

    /// <summary>Body of the last answer; valid until the next request. A chunked body holds its chunk heads too.</summary>
    public ReadOnlySpan<byte> Body => buffer.AsSpan(bodyStart, bodyLength);

    /// <summary>All headers and their line ends, of the last answer.</summary>
    public string Headers => Encoding.ASCII.GetString(buffer, 0, bodyStart);

    /// <param name="tail">The rest of the request line and all headers, from the space before <c>HTTP/1.1</c> to the empty line (<see cref="Tail"/>).</param>
    public int Get(string path, byte[] tail)
    {
        var length = Head("GET ", path, tail);
        Send(request.AsSpan(0, length));
        return Answer();
    }

    public int Post(string path, byte[] tail, ReadOnlySpan<byte> body)
    {
        var length = Head("POST ", path, tail);
        // The tail ends with an empty line: the length of the body goes before it.
        length -= 2;
        length += Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n", request.AsSpan(length));
        if (length + body.Length > request.Length) Array.Resize(ref request, length + body.Length);
        body.CopyTo(request.AsSpan(length));
        Send(request.AsSpan(0, length + body.Length));
        return Answer();
    }

    public static byte[] Tail(int port, string? token, params string[] headers)
    {
        var text = new StringBuilder($" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/fhir+json\r\n");
        if (token is not null) text.Append("Authorization: Bearer ").Append(token).Append("\r\n");
        foreach (var header in headers) text.Append(header).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    public void Dispose() => socket.Dispose();

    private int Head(string method, string path, byte[] tail)
    {
        if (request.Length < path.Length + tail.Length + 64) Array.Resize(ref request, path.Length + tail.Length + 4096);
        var at = Encoding.ASCII.GetBytes(method, request);
        at += Encoding.ASCII.GetBytes(path, request.AsSpan(at));
        tail.CopyTo(request, at);
        return at + tail.Length;
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
    }

    private int Answer()
    {
        filled = 0;
        var end = -1;
        while (end < 0)
        {
            Receive();
            end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
        }

        bodyStart = end + 4;
        var head = buffer.AsSpan(0, bodyStart);
        Utf8Parser.TryParse(head[9..], out int status, out _);
        var at = head.IndexOf("Content-Length: "u8);
        if (at >= 0)
        {
            Utf8Parser.TryParse(head[(at + 16)..], out bodyLength, out _);
            while (filled < bodyStart + bodyLength) Receive();
        }
        else if (head.IndexOf("Transfer-Encoding: chunked"u8) >= 0) ReadChunks();
        else bodyLength = 0;
        return status;
    }

    private void ReadChunks()
    {
        var at = bodyStart;
        while (true)
        {
            int line;
            while ((line = buffer.AsSpan(at, filled - at).IndexOf("\r\n"u8)) < 0) Receive();
            Utf8Parser.TryParse(buffer.AsSpan(at, line), out int size, out _, 'x');
            at += line + 2 + size + 2;
            while (filled < at) Receive();
            if (size == 0) break;
        }

        bodyLength = at - bodyStart;
    }

    private void Receive()
    {
        if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var count = socket.Receive(buffer.AsSpan(filled));
        if (count == 0) throw new IOException("The platform closed the connection.");
        filled += count;
    }
}
