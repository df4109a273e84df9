using System.Runtime.InteropServices;

namespace Health.Benchmarks;

/// <summary>Processor time of the calling thread: what neighbours on the machine take does not count.</summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int GetTime(int clock, out Timespec time);

    public static TimeSpan Now
    {
        get
        {
            if (GetTime(ThreadCpuTime, out var time) != 0) throw new InvalidOperationException("This system does not tell the processor time of a thread.");
            return TimeSpan.FromTicks(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / 100);
        }
    }
}
