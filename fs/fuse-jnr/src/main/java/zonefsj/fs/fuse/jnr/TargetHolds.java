// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import zonefsj.fs.FileMode;

/**
 * Keeps a file that a rename replaces until the kernel has forgotten it.
 *
 * <p>A program that opens a file first looks up its node and then opens the node. If a rename
 * replaces the file between the two steps, a local filesystem opens the old file. libfuse has lost
 * the name of the node and answers that there is no such file, which no program expects when a file
 * is replaced atomically. Before a rename over a regular file we therefore open its node ourselves:
 * libfuse then hides it instead of forgetting it ({@link HiddenNodes}), and our handle keeps its
 * inode alive. We close it when the kernel forgets the node, which it does as soon as the node is
 * unused.
 *
 * <p>Thread-safe.
 */
final class TargetHolds {
  private final InternalRequests own;

  /** Handles by node. */
  private final ConcurrentMap<Long, Long> held = new ConcurrentHashMap<>();

  TargetHolds(InternalRequests own) {
    this.own = own;
  }

  /** Opens the target of a RENAME that the worker is about to serve. */
  void beforeRename(FuseWorker worker) {
    RequestView request = worker.request();
    InternalRequests.Reply target =
        own.lookup(worker, request.renameDirectory(), request.renameTarget());
    long node = target.first();
    if (target.error() != 0 || node == 0) {
      return;
    }
    if (!FileMode.isRegular(target.mode())) {
      own.forget(worker, node);
      return;
    }
    InternalRequests.Reply opened = own.open(worker, node);
    if (opened.error() != 0) {
      own.forget(worker, node);
    } else if (held.putIfAbsent(node, opened.first()) != null) {
      own.release(worker, node, opened.first());
      own.forget(worker, node);
    }
  }

  /** Closes the handle of a node that the kernel has forgotten. */
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
