// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.io.IOException;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.fuse.FuseErrors;

/** Runs the body of a callback so that no exception escapes into native code. */
final class Guard {
  private Guard() {}

  /** The body of a callback. */
  @FunctionalInterface
  interface Body {
    /** Returns the result for the kernel: 0 or more, or a negative error number. */
    int run() throws ErrnoException, IOException;
  }

  /**
   * @param path address of the path, or 0; read only to log a failure
   */
  @SuppressWarnings("CatchingUnchecked") // an escaped exception would become success
  static int run(String operation, long path, Body body) {
    try {
      return body.run();
    } catch (Throwable e) {
      return failed(operation, subject(path), e);
    }
  }

  /** The reply to a callback that threw an exception; reports unexpected ones to the mount. */
  static int failed(String operation, Object subject, Throwable thrown) {
    FuseWorker worker = FuseWorker.current();
    if (worker != null && !ThreadGuard.isUnderstood(thrown)) {
      worker.brokeDown(operation, thrown);
    }
    return FuseErrors.reply(operation, subject, thrown);
  }

  /** The file of a callback, for the log. */
  static Object subject(long path) {
    return new Object() {
      @Override
      public String toString() {
        return path == 0 ? "(open file)" : PrintableName.of(NativeMemory.string(path));
      }
    };
  }
}
