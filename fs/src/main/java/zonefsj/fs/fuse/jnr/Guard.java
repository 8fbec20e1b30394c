package zonefsj.fs.fuse.jnr;

import java.io.IOException;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.PrintableName;
import zonefsj.fs.fuse.FuseErrors;

/** Runs the body of a callback so that nothing escapes into native code. */
final class Guard {
  private Guard() {}

  /** The body of a callback. */
  @FunctionalInterface
  interface Body {
    /** Returns what the kernel is told: 0 or more, or a negative error number. */
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
      return FuseErrors.reply(operation, subject(path), e);
    }
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
