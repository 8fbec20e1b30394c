package zonefsj.fs.volume;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** What went wrong with a volume, and whether it still takes changes. Thread-safe. */
public final class VolumeHealth {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeHealth.class);
  private static final int REMEMBERED = 100;

  private final InstantSource clock;
  private final ArrayDeque<String> errors = new ArrayDeque<>();
  private volatile String readOnlyReason;

  /**
   * @param clock for the time of an error
   * @param readOnlyReason why the volume takes no changes from the start; empty if it does
   */
  VolumeHealth(InstantSource clock, String readOnlyReason) {
    this.clock = clock;
    this.readOnlyReason = readOnlyReason;
  }

  /** Refuses a change of a volume that takes none. */
  public void checkWritable() throws ErrnoException {
    if (!readOnlyReason.isEmpty()) {
      throw new ErrnoException(Errno.EROFS, readOnlyReason);
    }
  }

  /** Whether the volume takes no changes. */
  public boolean isReadOnly() {
    return !readOnlyReason.isEmpty();
  }

  /** Why it takes no changes; empty if it does. */
  public String readOnlyReason() {
    return readOnlyReason;
  }

  /** Notes an error that an application met or will meet. */
  public void report(String what) {
    LOG.error(what);
    remember(what);
  }

  private synchronized void remember(String what) {
    errors.addLast(clock.instant() + " " + what);
    if (errors.size() > REMEMBERED) {
      errors.removeFirst();
    }
  }

  /** From now on the volume takes no changes: going on would break a promise. */
  void turnReadOnly(String why, IOException cause) {
    LOG.error("the filesystem is read-only from now on: {}", why, cause);
    remember("read-only from now on: " + why + ": " + cause.getMessage());
    readOnlyReason = why;
  }

  /** The newest errors, oldest first. */
  synchronized List<String> errors() {
    return List.copyOf(errors);
  }
}
