// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import com.sun.jna.Native;
import java.io.IOException;

/** A session of its own for this process, setsid(2), for which Java has no call. */
public final class OwnSession {
  private static final int EPERM = 1;

  static {
    Native.register(OwnSession.class, "c");
  }

  private OwnSession() {}

  /**
   * Leaves the session and the group of processes that this one was started in: no terminal ends it
   * any more. Does nothing where this process leads a group already.
   */
  public static void begin() throws IOException {
    if (setsid() < 0 && Native.getLastError() != EPERM) {
      throw new IOException("setsid: error " + Native.getLastError());
    }
  }

  private static native int setsid();
}
