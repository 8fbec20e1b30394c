// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;

/**
 * Identifies the process at the other end of a Unix socket. The path of a socket proves nothing: it
 * can lead to any process.
 */
public final class SocketPeer {
  private static final Path SELF = Path.of("/proc/self");

  private SocketPeer() {}

  /** Whether the process at the other end runs as the same user as this process (SO_PEERCRED). */
  public static boolean isThisUser(SocketChannel connected) throws IOException {
    return connected
        .getOption(ExtendedSocketOptions.SO_PEERCRED)
        .user()
        .equals(Files.getOwner(SELF));
  }
}
