// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;

/**
 * Opens missing members again. A drive that an open for writing would claim is looked at before. An
 * open that takes long continues in the background, one for each member.
 *
 * <p>Used by the thread of {@link MirrorSync}.
 */
final class MemberOpener {
  private static final Logger LOG = LoggerFactory.getLogger(MemberOpener.class);
  private static final long LOOK_MILLIS = 20;

  private final Check check;
  private final Map<Member, Attempt> attempts = new HashMap<>();

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
   * @param withinMillis is waited for so long
   * @param isStopping whether the wait is over
   * @return the drive, which the caller closes; empty if it is not open yet
   * @throws IOException if it cannot be opened, or cannot be a member
   */
  Optional<ZonedDevice> open(Member member, long withinMillis, BooleanSupplier isStopping)
      throws IOException, InterruptedException {
    if (member.isClosing()) {
      throw new IOException("it does not answer: a request of its last use has not ended");
    }
    Attempt attempt = attempts.get(member);
    if (attempt == null) {
      attempt = new Attempt(() -> lookAndOpen(member));
      Thread thread = new Thread(attempt, "mirror-open");
      thread.setDaemon(true);
      thread.start();
      attempts.put(member, attempt);
    }
    long end = System.nanoTime() + withinMillis * 1_000_000;
    while (!isStopping.getAsBoolean()) {
      try {
        ZonedDevice device = attempt.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        attempts.remove(member);
        return Optional.of(device);
      } catch (ExecutionException failed) {
        attempts.remove(member);
        Throwable cause = failed.getCause();
        throw cause instanceof IOException io ? io : new IOException("internal error", cause);
      } catch (TimeoutException notYet) {
        LOG.trace("{} is not open yet", member.source().name(), notYet);
        if (System.nanoTime() - end >= 0) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
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

  /** One that cannot be read may be one that is to be made. */
  private static Optional<ZonedDevice> look(MemberSource source) {
    try {
      return source.look();
    } catch (IOException e) {
      LOG.debug("{} cannot be looked at", source.name(), e);
      return Optional.empty();
    }
  }

  /** Drives that are opened from now on are closed at once. */
  void stop() {
    attempts.values().forEach(Attempt::abandon);
    attempts.clear();
  }

  private static final class Attempt extends FutureTask<ZonedDevice> {
    private volatile boolean abandoned;
    private final AtomicBoolean closed = new AtomicBoolean();

    Attempt(java.util.concurrent.Callable<ZonedDevice> open) {
      super(open);
    }

    void abandon() {
      abandoned = true;
      if (isDone()) {
        closeResult();
      }
    }

    @Override
    protected void done() {
      if (abandoned) {
        closeResult();
      }
    }

    private void closeResult() {
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      try {
        get().close();
      } catch (IOException | ExecutionException | CancellationException e) {
        LOG.debug("a member that is not needed any more", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
