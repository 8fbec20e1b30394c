// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.options.MetricsAddress;

/**
 * Which names of this server a client may use. A page of another site can make a browser send
 * requests here under a name of that site, which it has led to this address (DNS rebinding): such a
 * name is refused. Immutable.
 */
final class HostCheck {
  private static final Logger LOG = LoggerFactory.getLogger(HostCheck.class);

  /** Asked of the kernel: a resolver may wait for servers. */
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|\\[[0-9a-f:.]+]");
  private static final Pattern PORT = Pattern.compile(":[0-9]+$");

  /** Null: any, as on a Unix socket, which no browser reaches. */
  private final @Nullable Set<String> names;

  private HostCheck(@Nullable Set<String> names) {
    this.names = names;
  }

  static HostCheck of(MetricsAddress address) {
    if (address.socket() != null) {
      return new HostCheck(null);
    }
    Set<String> names = new TreeSet<>(Set.of("localhost"));
    names.add(address.host().toLowerCase(Locale.ROOT));
    try {
      names.add(Files.readString(HOSTNAME).strip().toLowerCase(Locale.ROOT));
    } catch (IOException nameless) {
      LOG.debug("{} cannot be read: its addresses remain", HOSTNAME, nameless);
    }
    return new HostCheck(names);
  }

  /**
   * Whether a request is for this server.
   *
   * @param host the Host header; null if there is none
   */
  boolean accepts(@Nullable String host) {
    if (names == null) {
      return true;
    }
    if (host == null) {
      return false;
    }
    String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
    return NUMERIC.matcher(name).matches() || names.contains(name);
  }

  /**
   * Whether a request comes from a page of this server, or from no page.
   *
   * @param origin the Origin header; null if there is none
   * @param host the Host header
   */
  static boolean isOwn(@Nullable String origin, @Nullable String host) {
    return origin == null || origin.equals("http://" + host);
  }
}
