// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests for commits that the requester does not wait for. A commit thread awaits the requests;
 * while there is none, the requester commits itself. Thread-safe.
 */
public final class CommitRequests {
  private static final Logger LOG = LoggerFactory.getLogger(CommitRequests.class);

  private final Committer committer;
  private boolean served;
  private boolean requested;

  /**
   * @param committer commits for a requester while no thread serves
   */
  public CommitRequests(Committer committer) {
    this.committer = committer;
  }

  /** Declares that a thread calls {@link #await} from now on. */
  public synchronized void serve() {
    served = true;
  }

  /** Requests a commit soon. */
  public void request() {
    if (!signal()) {
      try {
        committer.commit();
      } catch (IOException failed) {
        LOG.debug("the commit for memory failed; the writer will hear of it", failed);
      }
    }
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
