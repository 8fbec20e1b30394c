// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

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
      if (creation != Creation.ERASE) {
        requireKnownVersion(opened.otherVersion());
      }
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
      close();
      throw e;
    }
  }

  private void requireKnownVersion(OptionalInt version) throws DeviceSpecException {
    if (version.isPresent()) {
      throw new DeviceSpecException(
          name()
              + " has the label of a mirror of version "
              + version.getAsInt()
              + ", and only version "
              + MirrorLabel.VERSION
              + " is known; use the zonefs-j that made it, or give up what it holds with"
              + " 'zonefs-j mkfs --force'");
    }
  }

  /**
   * A drive that was opened, and its label.
   *
   * @param otherVersion version of a label that is not known
   */
  private record Opened(ZonedDevice device, Optional<MirrorLabel> label, OptionalInt otherVersion)
      implements Closeable {
    static Opened of(ZonedDevice device) throws IOException {
      boolean isRead = false;
      try {
        Optional<MirrorLabel> label = MirrorLabels.read(device);
        OptionalInt other =
            label.isPresent() ? OptionalInt.empty() : MirrorLabels.otherVersion(device);
        isRead = true;
        return new Opened(device, label, other);
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

  /** Those of many that have a label. */
  static List<Candidate> labelled(List<Candidate> candidates) {
    return candidates.stream().filter(Candidate::isLabelled).toList();
  }

  /** Labels of many that are as new as the newest one, of members that have everything. */
  static List<MirrorLabel> current(List<Candidate> candidates, MirrorLabel newest) {
    return labelled(candidates).stream()
        .map(Candidate::label)
        .filter(label -> label.isComplete() && label.event() == newest.event())
        .toList();
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
