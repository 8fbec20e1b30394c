// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;

/** A source of a member, and what was found there when the mirror was opened. Not thread-safe. */
final class Candidate {
  private static final Logger LOG = LoggerFactory.getLogger(Candidate.class);

  private final MemberSource source;
  private @Nullable ZonedDevice device;
  private Optional<MirrorLabel> label = Optional.empty();
  private String reason = "";

  Candidate(MemberSource source) {
    this.source = source;
  }

  /** Opens the drive, and reads its label; one that does not answer is missing. */
  void open(Creation creation) throws IOException {
    try {
      Opened opened = OpenAttempt.openSoon(() -> Opened.of(source.open(creation)));
      device = opened.device();
      label = opened.label();
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
      close();
      throw e;
    }
  }

  /** A drive that was opened, and its label. */
  private record Opened(ZonedDevice device, Optional<MirrorLabel> label) implements Closeable {
    static Opened of(ZonedDevice device) throws IOException {
      boolean isRead = false;
      try {
        Opened opened = new Opened(device, MirrorLabels.read(device));
        isRead = true;
        return opened;
      } finally {
        if (!isRead) {
          closeQuietly(device);
        }
      }
    }

    @Override
    public void close() throws IOException {
      device.close();
    }
  }

  String name() {
    return source.name();
  }

  MemberSource source() {
    return source;
  }

  /** The drive; null if it is missing. */
  @Nullable ZonedDevice device() {
    return device;
  }

  boolean isLabelled() {
    return label.isPresent();
  }

  /** The label, which it has. */
  MirrorLabel label() {
    return label.orElseThrow();
  }

  void setLabel(MirrorLabel given) {
    label = Optional.of(given);
  }

  /** Why it cannot be a member now; empty if it can. */
  String reason() {
    return reason;
  }

  /** Leaves it out for now: the thread of the mirror looks at it again. */
  void leaveOut(String why) {
    label = Optional.empty();
    reason = why;
  }

  void noteReason(String why) {
    reason = why;
  }

  /** Closes the drive. The mirror is used without it, so why it cannot be closed is only logged. */
  void close() {
    ZonedDevice there = device;
    device = null;
    if (there != null) {
      closeQuietly(there);
    }
  }

  static void closeQuietly(ZonedDevice device) {
    try {
      device.close();
    } catch (IOException e) {
      LOG.warn("{} cannot be closed", device, e);
    }
  }
}
