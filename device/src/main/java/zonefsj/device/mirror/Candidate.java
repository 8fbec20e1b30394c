// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
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

  /** Opens the drive, and reads its label. */
  void open(Creation creation) throws IOException {
    try {
      ZonedDevice opened = source.open(creation);
      device = opened;
      label = MirrorLabels.read(opened);
      if (label.isEmpty() && creation != Creation.ERASE) {
        requireKnownVersion(opened);
      }
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
      close();
      throw e;
    }
  }

  private void requireKnownVersion(ZonedDevice opened) throws IOException {
    OptionalInt version = MirrorLabels.otherVersion(opened);
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
