// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/**
 * Opens missing members again. A drive that an open for writing would claim is looked at before. An
 * open that takes long continues in the background, one for each member.
 *
 * <p>Used by the thread of {@link MirrorSync}.
 */
final class MemberOpener {
  private static final Logger LOG = LoggerFactory.getLogger(MemberOpener.class);

  private final Check check;
  private final Map<Member, OpenAttempt<ZonedDevice>> attempts = new HashMap<>();

  /** Says why a drive cannot be a member. */
  @FunctionalInterface
  interface Check {
    /** Empty if it can. */
    String refusal(Member member, ZonedDevice device) throws IOException;
  }

  MemberOpener(Check check) {
    this.check = check;
  }

  /**
   * Opens a member, or asks for the open that has begun.
   *
   * @param withinMillis longest wait
   * @param isStopping whether the wait is over
   * @return the drive, which the caller closes; empty if it is not open yet
   * @throws IOException if it cannot be opened, or cannot be a member
   */
  Optional<ZonedDevice> open(Member member, long withinMillis, BooleanSupplier isStopping)
      throws IOException, InterruptedException {
    if (member.isClosing()) {
      throw new IOException("it does not answer: a request of its last use has not ended");
    }
    OpenAttempt<ZonedDevice> attempt = attempts.get(member);
    if (attempt == null) {
      attempt = OpenAttempt.start(() -> lookAndOpen(member));
      attempts.put(member, attempt);
    }
    boolean isUnderWay = false;
    try {
      Optional<ZonedDevice> device = attempt.await(withinMillis, isStopping);
      isUnderWay = device.isEmpty();
      return device;
    } catch (InterruptedException e) {
      attempt.abandon();
      throw e;
    } catch (RuntimeException internal) {
      throw new IOException("internal error", internal);
    } finally {
      if (!isUnderWay) {
        attempts.remove(member);
      }
    }
  }

  private ZonedDevice lookAndOpen(Member member) throws IOException {
    MemberSource source = member.source();
    Optional<ZonedDevice> looked = look(source);
    if (looked.isPresent()) {
      String refusal;
      try (ZonedDevice device = looked.orElseThrow()) {
        refusal = check.refusal(member, device);
      }
      if (!refusal.isEmpty()) {
        throw new IOException(refusal);
      }
    }
    return source.open(Creation.IF_EMPTY);
  }

  /** Only what is not there yet is opened without a look: a claim might take it from others. */
  private static Optional<ZonedDevice> look(MemberSource source) throws IOException {
    try {
      return source.look();
    } catch (DeviceSpecException e) {
      if (!e.isNothingThere()) {
        throw e;
      }
      LOG.debug("{} is to be made", source.name(), e);
      return Optional.empty();
    }
  }

  /** Drives that are opened from now on are closed at once. */
  void stop() {
    attempts.values().forEach(OpenAttempt::abandon);
    attempts.clear();
  }
}
