// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a daemon serves metrics and its page: the value of {@code metrics=}.
 *
 * @param host a name or a numeric address; empty for a Unix socket
 * @param port TCP port, 0 for any that is free; -1 for a Unix socket
 * @param socket absolute path of a Unix socket; null for TCP
 */
public record MetricsAddress(String host, int port, @Nullable Path socket) {
  /** The value that stands for none. */
  public static final String OFF = "off";

  private static final String LOOPBACK = "127.0.0.1";
  private static final String UNIX = "unix:";
  private static final int HIGHEST_PORT = 65_535;

  /** {@code sun_path} of unix(7), with its final zero. */
  private static final int LONGEST_PATH_BYTES = 107;

  private static final Pattern TCP =
      Pattern.compile("(?:(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9.-]*):)?([0-9]{1,5})");

  /**
   * Parses a value.
   *
   * @return null for {@value #OFF}
   * @throws UsageError if it is no address
   */
  public static @Nullable MetricsAddress parse(String value) throws UsageError {
    if (value.equals(OFF)) {
      return null;
    }
    if (value.startsWith(UNIX)) {
      return new MetricsAddress("", -1, socket(value, value.substring(UNIX.length())));
    }
    Matcher tcp = TCP.matcher(value);
    String portText = tcp.matches() ? tcp.group(2) : null;
    if (portText == null || Integer.parseInt(portText) > HIGHEST_PORT) {
      throw new UsageError(
          "metrics="
              + value
              + ": give an address like 127.0.0.1:9800, [::1]:9800, :9800 or unix:/run/x.sock, or"
              + " off");
    }
    String given = tcp.group(1);
    String host = given == null || given.isEmpty() ? LOOPBACK : given;
    return new MetricsAddress(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(portText),
        null);
  }

  private static Path socket(String value, String text) throws UsageError {
    try {
      Path path = Path.of(text).normalize();
      if (!path.isAbsolute() || path.getFileName() == null) {
        throw new UsageError("metrics=" + value + ": give an absolute path of a socket");
      }
      if (path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH_BYTES) {
        throw new UsageError(
            "metrics=" + value + ": the path is longer than " + LONGEST_PATH_BYTES + " bytes");
      }
      return path;
    } catch (InvalidPathException e) {
      throw new UsageError("metrics=" + value + ": not a path: " + e.getReason());
    }
  }

  /**
   * The address to bind to.
   *
   * @throws UnknownHostException if the host has no address
   */
  public InetSocketAddress resolve() throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  /** As the option has it; each address has one text. */
  public String text() {
    if (socket != null) {
      return UNIX + socket;
    }
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /** Whether servers of both may be impossible at the same time. */
  public boolean sharesPort(MetricsAddress other) {
    return port > 0 && port == other.port;
  }

  /** The same with the port that was bound. */
  public MetricsAddress withPort(int bound) {
    return new MetricsAddress(host, bound, socket);
  }
}
