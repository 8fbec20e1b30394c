// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Addresses of Unix sockets. The system limits their length. */
public final class SocketAddress {
  /** Size of {@code sun_path} in unix(7), without the terminating zero byte. */
  private static final int MAX_BYTES = 107;

  private SocketAddress() {}

  /**
   * The address of a socket.
   *
   * @throws UserError if the path is too long
   */
  public static UnixDomainSocketAddress of(Path path) throws UserError {
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new UserError(
          path
              + " is too long for the name of a socket: let XDG_RUNTIME_DIR, or"
              + " ZONEFSJ_RUNTIME_DIR, name a directory with a shorter path");
    }
    return UnixDomainSocketAddress.of(path);
  }
}
