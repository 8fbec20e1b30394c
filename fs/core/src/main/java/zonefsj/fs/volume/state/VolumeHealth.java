// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** The errors of a volume, and whether it still takes changes. Thread-safe. */
public final class VolumeHealth {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeHealth.class);

  private static final String BRING_BACK = "unmount, bring the drive back, and mount it again";

  private static final String EJECTED = "the drive is ejected";

  /** Errors remembered of each kind. */
  private static final int REMEMBERED = 100;

  private final InstantSource clock;
  private final RecentErrors ofVolume = new RecentErrors(REMEMBERED);
  private final RecentErrors ofFiles = new RecentErrors(REMEMBERED);

  /** Errors since the mount. */
  private final AtomicLong errors = new AtomicLong();

  private final String reasonAtMount;
  private volatile String readOnlyReason;
  private volatile boolean frozen;
  private volatile boolean suspended;
  private volatile boolean driveIsLost;

  /** Why changes are refused for a while; empty if they are not. */
  private volatile String pauseReason = "";

  private boolean resumed;

  /**
   * @param clock for the time of an error
   * @param readOnlyReason why the volume takes no changes from the start; empty if it does
   */
  public VolumeHealth(InstantSource clock, String readOnlyReason) {
    this.clock = clock;
    this.reasonAtMount = readOnlyReason;
    this.readOnlyReason = readOnlyReason;
  }

  /** Whether it takes no changes only because somebody has mounted or remounted it so. */
  public boolean isReadOnlyAsAsked() {
    String reason = readOnlyReason();
    return reason.isEmpty() ? frozen : reason.equals(reasonAtMount);
  }

  /** Throws EROFS if the volume takes no changes. */
  public void checkWritable() throws ErrnoException {
    if (!readOnlyReason.isEmpty()) {
      throw new ErrnoException(Errno.EROFS, readOnlyReason);
    }
    if (suspended) {
      throw new ErrnoException(
          Errno.EIO, EJECTED, new DeviceException(Reason.UNAVAILABLE, -1, EJECTED));
    }
    if (frozen) {
      throw new ErrnoException(Errno.EROFS, "the filesystem is remounted read-only");
    }
    String paused = pauseReason;
    if (!paused.isEmpty()) {
      throw new ErrnoException(Errno.EROFS, paused);
    }
  }

  /** Refuses changes, or admits them again; earlier changes can still be committed. */
  public void setFrozen(boolean isFrozen) {
    frozen = isFrozen;
  }

  /** Whether changes are refused by {@link #setFrozen}. */
  public boolean isFrozen() {
    return frozen;
  }

  /** Refuses changes because the drive is ejected, or admits them again. */
  public void setSuspended(boolean isSuspended) {
    suspended = isSuspended;
  }

  /** Whether the drive is ejected. */
  public boolean isSuspended() {
    return suspended;
  }

  /** Whether changes are refused for as long as the user wants: it is frozen or suspended. */
  public boolean isStopped() {
    return frozen || suspended;
  }

  /**
   * Refuses changes until {@link #resume}, because something must catch up first. Earlier changes
   * can still be committed.
   */
  public synchronized void pause(String why) {
    if (pauseReason.isEmpty()) {
      pauseReason = why;
      report("no changes are let in for now: " + why);
    }
  }

  /** Ends a pause, if there is one. */
  public synchronized void resume() {
    if (!pauseReason.isEmpty()) {
      pauseReason = "";
      resumed = true;
      note("changes are let in again");
    }
  }

  /** Whether changes are refused by {@link #pause}. */
  public boolean isPaused() {
    return !pauseReason.isEmpty();
  }

  /** Whether a pause has ended since the last call. */
  public synchronized boolean hasResumed() {
    boolean has = resumed;
    resumed = false;
    return has;
  }

  /** Whether background work must write nothing. */
  public boolean isQuiet() {
    return isStopped() || isReadOnly() || isPaused();
  }

  /** Whether the volume takes no changes until the next mount. */
  public boolean isReadOnly() {
    return !readOnlyReason.isEmpty();
  }

  /** Why it takes no changes, permanently or for now; empty if it does. */
  public String readOnlyReason() {
    return isReadOnly() ? readOnlyReason : pauseReason;
  }

  /** Notes an error of the drive or of the volume as a whole. */
  public void report(String what) {
    LOG.error(what);
    errors.incrementAndGet();
    remember(ofVolume, what);
  }

  /** Notes that a problem is resolved. */
  public void note(String what) {
    LOG.info(what);
    remember(ofVolume, what);
  }

  /** Notes damage of one file, which an application met or will meet. */
  public void reportFile(String what) {
    LOG.error(what);
    errors.incrementAndGet();
    remember(ofFiles, what);
  }

  private synchronized void remember(RecentErrors errors, String what) {
    errors.add(clock.instant(), what);
  }

  /** Refuses all changes from now on, because going on would break a guarantee. */
  public synchronized void turnReadOnly(String why, IOException cause) {
    if (readOnlyReason.isEmpty()) {
      readOnlyReason = why;
    }
    errors.incrementAndGet();
    LOG.error("the filesystem is read-only from now on: {}", why, cause);
    remember(ofVolume, "read-only from now on: " + why + ": " + cause.getMessage());
  }

  /**
   * Refuses all changes from now on, because the drive is gone. This explains whatever failed
   * before, so it replaces an earlier reason; later calls do nothing.
   *
   * @param what happened to it
   */
  public synchronized void driveIsLost(String what) {
    if (!driveIsLost) {
      driveIsLost = true;
      errors.incrementAndGet();
      readOnlyReason = what;
      LOG.error("the filesystem is read-only from now on: {}: {}", what, BRING_BACK);
      remember(ofVolume, "read-only from now on: " + what + ": " + BRING_BACK);
    }
  }

  /** Whether the drive is gone. */
  public boolean isDriveLost() {
    return driveIsLost;
  }

  /** Number of errors since the mount, of the volume and of files. */
  public long errorCount() {
    return errors.get();
  }

  /** The newest errors: those of the volume, then those of files, each oldest first. */
  public synchronized List<String> errors() {
    List<String> errors = new ArrayList<>(ofVolume.lines());
    errors.addAll(ofFiles.lines());
    return errors;
  }
}
