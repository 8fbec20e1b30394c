// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests for room in memory that the requester does not wait for: of data that go to zones early,
 * or by a commit. A commit thread awaits the requests; while there is none, the requester makes
 * room itself. Thread-safe.
 */
public final class CommitRequests {
  private static final Logger LOG = LoggerFactory.getLogger(CommitRequests.class);

  /** Makes room in memory without a commit. Thread-safe. */
  public interface Relief {
    /** Whether nothing has to be done for room yet. Cheap; takes no lock. */
    boolean canWait();

    /**
     * Makes room, as far as that goes.
     *
     * @param mustStop asked again and again whether to stop
     * @return whether no commit is needed for room now
     */
    boolean relieve(BooleanSupplier mustStop) throws InterruptedException;
  }

  private final Committer committer;
  private final Relief relief;
  private boolean served;
  private boolean requested;

  /**
   * @param committer commits for a requester while no thread serves
   * @param relief is tried before each commit for room
   */
  public CommitRequests(Committer committer, Relief relief) {
    this.committer = committer;
    this.relief = relief;
  }

  /** Declares that a thread calls {@link #await} from now on. */
  public synchronized void serve() {
    served = true;
  }

  /** Requests room soon, unless that can wait. */
  public void request() {
    if (relief.canWait() || signal()) {
      return;
    }
    try {
      if (!relief.relieve(() -> false)) {
        committer.commit();
      }
    } catch (InterruptedException interrupted) {
      // Whoever waits for the room hears of it.
      Thread.currentThread().interrupt();
    } catch (IOException failed) {
      LOG.debug("the commit for memory failed; the writer will hear of it", failed);
    }
  }

  /**
   * Makes room without a commit, for the thread that serves.
   *
   * @param isDue whether a commit is due, which then goes first
   * @return whether no commit is needed now
   */
  public boolean relieve(BooleanSupplier isDue) throws InterruptedException {
    return !isDue.getAsBoolean() && relief.relieve(isDue);
  }

  private synchronized boolean signal() {
    if (served) {
      requested = true;
      notifyAll();
    }
    return served;
  }

  /** Wakes the thread that awaits a request. */
  public synchronized void wake() {
    requested = true;
    notifyAll();
  }

  /**
   * Waits for a request.
   *
   * @param mostMillis at most; 0 or less does not wait
   * @return whether there is one; it counts as served
   */
  public synchronized boolean await(long mostMillis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
    long left;
    while (!requested && (left = end - System.nanoTime()) > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    boolean was = requested;
    requested = false;
    return was;
  }
}
