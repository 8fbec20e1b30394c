// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

/**
 * What was written in a span of time.
 *
 * @param millis its length
 * @param applicationBytes bytes that applications wrote
 * @param driveBytes bytes that were written to the drive, including metadata and moved data
 */
public record WriteSpan(long millis, long applicationBytes, long driveBytes) {
  /** Bytes written to the drive per byte written by applications; 0 before the first write. */
  public double amplification() {
    return applicationBytes == 0 ? 0 : (double) driveBytes / applicationBytes;
  }
}
