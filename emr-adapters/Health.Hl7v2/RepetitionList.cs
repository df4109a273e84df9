using System.Collections;

namespace Health.Hl7v2;

/// <summary>The repetitions of a field in order. <c>foreach</c> over it allocates nothing.</summary>
public readonly struct RepetitionList : IEnumerable<RepetitionView>
{
    private readonly FieldView field;

    internal RepetitionList(FieldView field) => this.field = field;

    public Enumerator GetEnumerator() => new(field);

    IEnumerator<RepetitionView> IEnumerable<RepetitionView>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public struct Enumerator : IEnumerator<RepetitionView>
    {
        private readonly FieldView field;
        private int number, next;

        internal Enumerator(FieldView field) => this.field = field;

        public RepetitionView Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (next < 0 || field.Bytes.IsEmpty) return false;
            var rest = field.Bytes[next..];
            var end = field.IsLiteral ? -1 : rest.IndexOf(field.Separators.Repetition);
            Current = field.Part(++number, next, end < 0 ? rest.Length : end);
            next = end < 0 ? -1 : next + end + 1;
            return true;
        }

        public void Reset() => (number, next) = (0, 0);

        public readonly void Dispose()
        {
        }
    }
}
