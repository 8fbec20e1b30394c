// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.Trees;

/** Uses a volume after a crash, and keeps the history of it: it may be cut as well. */
final class Continuation {
  private static final int BYTES = 5_000;

  private interface Action {
    /** Returns whether it was done. */
    boolean run() throws ErrnoException, IOException;
  }

  private final Volume volume;
  private final ZoneFileSystem fileSystem;
  private final RecoveryObserver aftermath;
  private final History history;

  /**
   * @param found the tree
   */
  Continuation(Volume volume, RecoveryObserver aftermath, SortedMap<String, String> found) {
    this.volume = volume;
    this.fileSystem = volume.fileSystem();
    this.aftermath = aftermath;
    this.history = new History(found);
  }

  History history() {
    return history;
  }

  private void step(String name, boolean durable, Action action)
      throws ErrnoException, IOException {
    int begun = aftermath.changes();
    boolean done = action.run();
    history.add(name, done && durable, begun, aftermath.changes(), Trees.of(fileSystem));
  }

  /** What was lost is done again, as an application would that got no answer. */
  void retry(List<Step.Request> requests) throws ErrnoException, IOException {
    for (Step.Request request : requests) {
      // Some fail now; what they do and do not is the model test's concern.
      step(
          request.toString(),
          request.isDurable(),
          () -> StepPlayer.outcome(request, fileSystem).isEmpty());
    }
  }

  /** Writes a new file and makes it durable. */
  void write(String name) throws ErrnoException, IOException {
    long[] handle = new long[1];
    step(
        "create",
        false,
        () -> {
          handle[0] = create(name);
          return true;
        });
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    step(
        "write",
        false,
        () -> fileSystem.write(handle[0], 0, ByteBuffer.wrap(bytes), false) == BYTES);
    step(
        "fsync",
        true,
        () -> {
          fileSystem.fsync(handle[0]);
          return true;
        });
    fileSystem.release(handle[0]);
  }

  private long create(String name) throws ErrnoException, IOException {
    return fileSystem
        .create(
            Caller.ROOT,
            ZoneFileSystem.ROOT_INODE,
            name.getBytes(StandardCharsets.UTF_8),
            0600,
            OpenFlags.READ_WRITE)
        .handle();
  }

  /** Lets the collector or a checkpoint work on what the crash left. */
  void maintain(boolean collect) throws ErrnoException, IOException {
    step(
        collect ? "collect" : "checkpoint",
        !collect,
        () -> {
          if (collect) {
            volume.runGc(ProgressListener.NONE);
          } else {
            volume.checkpoint();
          }
          return true;
        });
  }
}
