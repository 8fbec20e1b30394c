// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import java.net.Socket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import zonefsj.stores.StoreUnavailableException;

/** One connection. Used by one thread at a time; {@link #abort} may be called by any. */
final class RespConnection {
  private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);

  private final RespServer server;
  private final int generation;

  /** Guarded by this, as the next. */
  private @Nullable Socket socket;

  private boolean aborted;

  /** Null until the server was looked at. */
  private @Nullable Connection connection;

  private boolean intact;

  /**
   * Does not connect yet.
   *
   * @param generation what the connection counts to
   */
  RespConnection(RespServer server, int generation) {
    this.server = server;
    this.generation = generation;
  }

  int generation() {
    return generation;
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
  void enter(RespEntry entry) throws IOException {
    DefaultJedisClientConfig.Builder config = RespServer.config();
    entry.configure(config);
    Connection made = new Connection(this::connect, config.build());
    entry.enter(made);
    connection = made;
  }

  /** Looks whether the server still has what it has acknowledged, unless that was done. */
  void requireIntact(RespEntry entry) throws IOException {
    if (!intact) {
      try {
        entry.requireIntact(entered());
      } catch (JedisConnectionException e) {
        throw new StoreUnavailableException(server + " does not answer: " + e.getMessage(), e);
      }
      intact = true;
    }
  }

  private Socket connect() {
    try {
      Socket raw = server.connect(this::keep);
      return server.entered(raw);
    } catch (IOException e) {
      throw new JedisConnectionException(e);
    }
  }

  /** What {@link #abort} closes from now on. */
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
