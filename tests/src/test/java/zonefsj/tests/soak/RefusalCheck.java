// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import zonefsj.device.ByteSize;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** Tells a right refusal from a wrong one. Thread-safe. */
final class RefusalCheck {
  /** What one call of one worker may have taken meanwhile. */
  private static final long CALL_BYTES = 1 << 20;

  /** What is kept back for the metadata of one more name. */
  private static final long NAME_BYTES = 64 << 10;

  /** Others may take what statfs has just promised, and give it back; hardly so often. */
  private static final int TRIES = 4;

  /** Eating into data itself: summaries and padding. */
  private static final int OVERHEAD_SHIFT = 4;

  private final SoakSubject subject;
  private final Stopwatch stopwatch;
  private final long slackBytes;

  /**
   * @param threads that change the filesystem at the same time
   */
  RefusalCheck(SoakSubject subject, Stopwatch stopwatch, int threads) {
    this.subject = subject;
    this.stopwatch = stopwatch;
    slackBytes = threads * (CALL_BYTES + (CALL_BYTES >> OVERHEAD_SHIFT)) + NAME_BYTES;
  }

  /**
   * Makes a call.
   *
   * @param needBytes that it adds; 0 if space is no reason to refuse it
   * @return false if it was refused because the drive is full, which it is
   */
  boolean attempt(String what, long needBytes, Stopwatch.Action call) throws SoakFailure {
    for (int tries = 1; ; tries++) {
      try {
        stopwatch.run(what, call);
        return true;
      } catch (ErrnoException refused) {
        if (refused.errno() != Errno.ENOSPC) {
          throw new SoakFailure(what + " was answered with " + refused.errno() + whyReadOnly());
        }
        if (needBytes == 0) {
          throw new SoakFailure(
              "a false ENOSPC: " + what + " needs no space; statfs says free " + freeInWords());
        }
        long free = free();
        if (free < needBytes + (needBytes >> OVERHEAD_SHIFT) + slackBytes) {
          return false;
        }
        if (tries == TRIES) {
          throw new SoakFailure(
              "a false ENOSPC: "
                  + what
                  + " needs "
                  + needBytes
                  + " bytes and statfs says free "
                  + freeInWords());
        }
      } catch (IOException failed) {
        throw new SoakFailure("a false EIO: " + what, failed);
      }
    }
  }

  private String whyReadOnly() {
    try {
      String why = subject.state().readOnlyReason();
      return why.isEmpty() ? "" : "; the mount is read-only: " + why;
    } catch (IOException unknown) {
      return "; no status: " + unknown.getMessage();
    }
  }

  private long free() throws SoakFailure {
    try {
      return stopwatch.time("statfs", subject::freeBytes);
    } catch (ErrnoException | IOException failed) {
      throw new SoakFailure("statfs failed", failed);
    }
  }

  private String freeInWords() throws SoakFailure {
    return ByteSize.approximate(free());
  }
}
