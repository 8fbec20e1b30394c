// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import zonefsj.stores.StoreRefusedException;

/**
 * The connections to a server: as many as there have been requests at once. Thread-safe.
 *
 * <p>A connection that was not used for a while may be dead without anybody knowing: then the
 * request fails, and all idle ones are given up, so that the next attempt makes a new one.
 */
final class RespConnections implements Closeable {
  private final RespServer server;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  RespConnections(RespServer server) {
    this.server = server;
  }

  /**
   * Makes requests on one connection.
   *
   * @throws IOException if there is no answer
   * @throws JedisDataException if the server answers with an error that the request does not know
   */
  <T> T use(Requests<T> requests) throws IOException {
    if (closed) {
      throw new IOException(server + " is not used any more");
    }
    Connection connection = idle.pollLast();
    boolean healthy = false;
    try {
      if (connection == null) {
        connection = server.connect();
      }
      T result = requests.on(connection);
      healthy = true;
      return result;
    } catch (JedisAccessControlException e) {
      throw new StoreRefusedException(server + " does not let us in: " + e.getMessage(), e);
    } catch (JedisDataException e) {
      healthy = connection != null && !connection.isBroken();
      throw new IOException(server + " answers: " + e.getMessage(), e);
    } catch (JedisException e) {
      dropIdle();
      throw new IOException(server + " does not answer: " + reason(e), e);
    } finally {
      if (connection != null) {
        if (healthy && !closed) {
          idle.addLast(connection);
        } else {
          drop(connection);
        }
      }
    }
  }

  private static @Nullable String reason(JedisException e) {
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null ? e.getMessage() : cause.getMessage();
  }

  private void dropIdle() {
    for (Connection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      drop(next);
    }
  }

  private static void drop(Connection connection) {
    connection.setBroken();
    connection.disconnect();
  }

  @Override
  public void close() {
    closed = true;
    dropIdle();
  }

  @Override
  public String toString() {
    return server.toString();
  }

  /** Requests and their answers. */
  @FunctionalInterface
  interface Requests<T> {
    T on(Connection connection) throws IOException;
  }
}
