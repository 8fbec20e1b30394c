// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.IOException;
import java.net.Socket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** One connection. Used by one thread at a time; {@link #abort} may be called by any. */
final class RespConnection {
  private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);

  private final RespServer server;

  /** Guarded by this, as the next. */
  private @Nullable Socket socket;

  private boolean aborted;

  /** Null until the server was looked at. */
  private @Nullable Connection connection;

  RespConnection(RespServer server) {
    this.server = server;
  }

  /** Whether requests can be made. */
  boolean isEntered() {
    return connection != null;
  }

  /** What requests are made on. */
  Connection entered() {
    return Objects.requireNonNull(connection, "entered");
  }

  /** Connects, enters, and looks at the server. */
  void enter(RespConnections.Check check) throws IOException {
    Connection made = new Connection(this::connect, server.config());
    check.on(made);
    connection = made;
  }

  private Socket connect() {
    try {
      Socket raw = server.connect();
      keep(raw);
      return server.entered(raw);
    } catch (IOException e) {
      throw new JedisConnectionException(e);
    }
  }

  private synchronized void keep(Socket raw) throws IOException {
    socket = raw;
    if (aborted) {
      raw.close();
      throw new IOException("it took too long");
    }
  }

  /**
   * Ends it for good. Closes what is below the encryption, which would wait for those who write.
   */
  synchronized void abort() {
    aborted = true;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        LOG.debug("a connection to {} could not be closed", server, e);
      }
    }
  }
}
