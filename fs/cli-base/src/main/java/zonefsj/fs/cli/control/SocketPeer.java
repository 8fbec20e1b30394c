// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;

/** Who is at the other end of a Unix socket. The name of a socket can lead anywhere. */
public final class SocketPeer {
  private static final Path SELF = Path.of("/proc/self");

  private SocketPeer() {}

  /** Whether the process at the other end runs as the same user as this one (SO_PEERCRED). */
  public static boolean isThisUser(SocketChannel connected) throws IOException {
    return connected
        .getOption(ExtendedSocketOptions.SO_PEERCRED)
        .user()
        .equals(Files.getOwner(SELF));
  }
}
