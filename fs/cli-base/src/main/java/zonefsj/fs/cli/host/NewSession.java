// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import com.sun.jna.Native;
import java.io.IOException;

/** Starts a new session for this process with setsid(2), which Java does not offer. */
public final class NewSession {
  private static final int EPERM = 1;

  static {
    Native.register(NewSession.class, "c");
  }

  private NewSession() {}

  /**
   * Leaves the session and the process group in which this process was started, so that no terminal
   * ends it. Does nothing if this process already leads a process group.
   */
  public static void begin() throws IOException {
    if (setsid() < 0 && Native.getLastError() != EPERM) {
      throw new IOException("setsid: error " + Native.getLastError());
    }
  }

  private static native int setsid();
}
