// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All processes that are measured. They end with this process, also when a signal ends it. */
final class Daemons implements AutoCloseable {
  private final NativePrograms programs;
  private final Path scratch;
  private final List<LiveDaemon> live = new ArrayList<>();
  private boolean closed;

  Daemons(NativePrograms programs, Path scratch) {
    this.programs = programs;
    this.scratch = scratch;
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-daemons"));
  }

  /** Starts one and waits until its mount can be used. */
  LiveDaemon start(Candidate candidate) throws IOException, InterruptedException {
    LiveDaemon daemon;
    synchronized (this) {
      if (closed) {
        throw new IOException("at the end already");
      }
      daemon = LiveDaemon.start(candidate, programs, scratch);
      live.add(daemon);
    }
    daemon.awaitMount();
    return daemon;
  }

  /** Ends all. */
  @Override
  public synchronized void close() {
    closed = true;
    for (LiveDaemon daemon : live) {
      try {
        daemon.close();
      } catch (IOException e) {
        System.err.println(daemon.name() + " did not end well: " + e);
      }
    }
    live.clear();
  }
}
