// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.compose.Part;

/** One read, for which members are asked one after the other. Not thread-safe. */
final class MemberRead {
  private static final Logger LOG = LoggerFactory.getLogger(MemberRead.class);

  private final int zone;
  private final long offsetBytes;
  private final ByteBuffer destination;
  private final int position;
  private final int limit;
  private final boolean isMended;
  private @Nullable IOException failure;

  /** A member that had no time to answer. */
  private @Nullable Seat late;

  private boolean hasSilent;

  /**
   * @param isMended whether a member that fails is compared, and mended if it fails again
   */
  MemberRead(int zone, long offsetBytes, ByteBuffer destination, boolean isMended) {
    this.zone = zone;
    this.offsetBytes = offsetBytes;
    this.destination = destination;
    this.position = destination.position();
    this.limit = destination.limit();
    this.isMended = isMended;
  }

  /** Whether a member has answered; if not, the next one is asked. */
  boolean isDoneBy(Seat seat) throws IOException {
    return isDoneBy(seat, false);
  }

  /**
   * As above.
   *
   * @param hasOther whether another member has the same bytes: then a member that can stop
   *     answering gets little time
   */
  boolean isDoneBy(Seat seat, boolean hasOther) throws IOException {
    try {
      if (!isRead(seat, hasOther)) {
        late = seat;
        return false;
      }
      if (seat.isTaken()) {
        return true;
      }
      destination.limit(limit).position(position);
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      destination.limit(limit).position(position);
      Member member = seat.member();
      member.countFailedRead();
      if (isSilent(seat, e)) {
        hasSilent = true;
        LOG.debug("zone {} of {} cannot be read", zone, member.source().name(), e);
      } else {
        if (isMended) {
          // What is not in step is compared, and rewritten if that fails, too.
          member.inStep().set(zone, false);
        }
        if (failure == null) {
          LOG.warn("zone {} of {} cannot be read", zone, member.source().name(), e);
        }
      }
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }
    return false;
  }

  private boolean isRead(Seat seat, boolean hasOther) throws IOException {
    Part part = seat.part();
    if (hasOther && part.device() instanceof LimitedMember limited) {
      long zoneStart = limited.geometry().zoneStartBytes(MirrorLabels.ZONES + zone);
      return limited.readSoon(zoneStart + offsetBytes, destination);
    }
    part.read(zone, offsetBytes, destination);
    return true;
  }

  /** Whether a member that was asked does not answer at all. */
  boolean hasSilent() {
    return hasSilent;
  }

  /** Whether all of the drive is away: then what it holds is as good as before. */
  static boolean isSilent(Seat seat, IOException failure) {
    return DeviceException.isAway(failure)
        && LimitedMember.silentMillisOf(seat.part().device()) > 0;
  }

  /** Asks a member once more that had no time to answer; no other one could. */
  boolean isDoneByLate() throws IOException {
    Seat seat = late;
    return seat != null && seat.isTaken() && isDoneBy(seat, false);
  }

  /** The first failure, with the others; empty if no member has failed. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }
}
