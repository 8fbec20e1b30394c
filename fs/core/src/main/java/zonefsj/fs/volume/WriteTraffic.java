// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * What was written since the mount, and in the last minutes. A background thread takes a sample
 * whenever one is due; the recent span reaches back to the oldest of them. Takes about 40 bytes for
 * each of {@value #MOST_SAMPLES} samples. Thread-safe.
 */
final class WriteTraffic {
  private static final int MOST_SAMPLES = 61;
  private static final long SAMPLE_MILLIS = 10_000;

  private final LongSupplier elapsedMillis;
  private final LongSupplier applicationBytes;
  private final LongSupplier driveBytes;

  /** Each is what was written before it. */
  private final ArrayDeque<WriteSpan> samples = new ArrayDeque<>();

  private final long beginMillis;
  private volatile long dueMillis;

  /**
   * Begins with a first sample.
   *
   * @param elapsedMillis milliseconds since some instant
   * @param applicationBytes bytes that applications wrote so far
   * @param driveBytes bytes that were written to the drive so far
   */
  WriteTraffic(LongSupplier elapsedMillis, LongSupplier applicationBytes, LongSupplier driveBytes) {
    this.elapsedMillis = elapsedMillis;
    this.applicationBytes = applicationBytes;
    this.driveBytes = driveBytes;
    WriteSpan first = now();
    samples.add(first);
    beginMillis = first.millis();
    dueMillis = beginMillis + SAMPLE_MILLIS;
  }

  /** Takes a sample if one is due: {@value #SAMPLE_MILLIS} ms after the last. */
  void sampleIfDue() {
    if (elapsedMillis.getAsLong() >= dueMillis) {
      sample();
    }
  }

  private synchronized void sample() {
    WriteSpan sample = now();
    samples.addLast(sample);
    if (samples.size() > MOST_SAMPLES) {
      samples.removeFirst();
    }
    dueMillis = sample.millis() + SAMPLE_MILLIS;
  }

  /** What was written since the oldest sample, about ten minutes ago or since the mount. */
  synchronized WriteSpan recent() {
    WriteSpan now = now();
    WriteSpan before = samples.getFirst();
    return new WriteSpan(
        now.millis() - before.millis(),
        now.applicationBytes() - before.applicationBytes(),
        now.driveBytes() - before.driveBytes());
  }

  /** What was written since the mount. */
  WriteSpan total() {
    WriteSpan now = now();
    return new WriteSpan(now.millis() - beginMillis, now.applicationBytes(), now.driveBytes());
  }

  private WriteSpan now() {
    return new WriteSpan(
        elapsedMillis.getAsLong(), applicationBytes.getAsLong(), driveBytes.getAsLong());
  }
}
