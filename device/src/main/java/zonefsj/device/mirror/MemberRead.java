// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;

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
    try {
      seat.part().read(zone, offsetBytes, destination);
      if (seat.isTaken()) {
        return true;
      }
      destination.limit(limit).position(position);
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      destination.limit(limit).position(position);
      Member member = seat.member();
      member.countFailedRead();
      if (isMended) {
        member.inStep().set(zone, false);
      }
      if (failure == null) {
        failure = e;
        LOG.warn("zone {} of {} cannot be read", zone, member.source().name(), e);
      } else {
        failure.addSuppressed(e);
      }
    }
    return false;
  }

  /** The first failure, with the others; empty if no member has failed. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }
}
