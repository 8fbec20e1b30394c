// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import zonefsj.fs.FileMode;

/**
 * Keeps a file that is replaced by a rename until the kernel has let go of it.
 *
 * <p>A program that opens a file walks to its node first and opens the node then. When a rename
 * replaces the file between the two steps, a local filesystem opens the old file; libfuse has lost
 * the name of the node and says that there is no such file, which no program expects of a file that
 * is replaced atomically. So before a rename over a regular file we open its node ourselves:
 * libfuse then hides it instead of forgetting it ({@link HiddenNodes}), and our handle keeps its
 * inode alive. When the kernel forgets the node, which it does as soon as nobody uses it, we close
 * it.
 *
 * <p>Thread-safe.
 */
final class TargetHolds {
  private final OwnRequests own;

  /** Handles by node. */
  private final ConcurrentMap<Long, Long> held = new ConcurrentHashMap<>();

  TargetHolds(OwnRequests own) {
    this.own = own;
  }

  /** The worker is about to serve a RENAME. */
  void beforeRename(FuseWorker worker) {
    RequestView request = worker.request();
    OwnRequests.Reply target =
        own.lookup(worker, request.renameDirectory(), request.renameTarget());
    long node = target.first();
    if (target.error() != 0 || node == 0) {
      return;
    }
    if (!FileMode.isRegular(target.mode())) {
      own.forget(worker, node);
      return;
    }
    OwnRequests.Reply opened = own.open(worker, node);
    if (opened.error() != 0) {
      own.forget(worker, node);
    } else if (held.putIfAbsent(node, opened.first()) != null) {
      own.release(worker, node, opened.first());
      own.forget(worker, node);
    }
  }

  /** The kernel has forgotten a node. */
  void forgotten(FuseWorker worker, long node) {
    Long handle = held.isEmpty() ? null : held.remove(node);
    if (handle != null) {
      own.release(worker, node, handle);
      own.forget(worker, node);
    }
  }

  /** The handles that are still open at the end of a mount. */
  Iterable<Long> remaining() {
    return held.values();
  }
}
