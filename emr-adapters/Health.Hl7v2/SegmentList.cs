using System.Collections;

namespace Health.Hl7v2;

/// <summary>Segments of a message in order, all or those of one name. <c>foreach</c> over it allocates nothing.</summary>
public readonly struct SegmentList : IEnumerable<SegmentView>
{
    private readonly Hl7Message message;
    private readonly string? name;

    internal SegmentList(Hl7Message message, string? name) => (this.message, this.name) = (message, name);

    public Enumerator GetEnumerator() => new(message, name);

    IEnumerator<SegmentView> IEnumerable<SegmentView>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public struct Enumerator : IEnumerator<SegmentView>
    {
        private readonly Hl7Message message;
        private readonly string? name;
        private int position = -1;

        internal Enumerator(Hl7Message message, string? name) => (this.message, this.name) = (message, name);

        public readonly SegmentView Current => new(message, position);

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            do position++;
            while (position < message.SegmentCount && name is not null && !Current.Is(name));
            return position < message.SegmentCount;
        }

        public void Reset() => position = -1;

        public readonly void Dispose()
        {
        }
    }
}
