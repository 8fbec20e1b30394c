// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import zonefsj.stores.StoreRefusedException;

/**
 * The connections to a server: as many as there have been requests at once. Thread-safe.
 *
 * <p>A connection that was not used for a while may be dead without anybody knowing: then the
 * request fails, and all idle ones are given up, so that the next attempt makes a new one.
 *
 * <p>A request ends within {@link #MOST_MILLIS}, also one that cannot be sent: the time limit of a
 * socket is for reads only.
 */
final class RespConnections implements Closeable {
  /** A request that takes longer has failed. */
  private static final int MOST_MILLIS = 2 * RespServer.ANSWER_MILLIS;

  /** What the answers begin with that will be the same the next time. */
  private static final List<String> FINAL = List.of("ERR DB index", "DENIED");

  private final RespServer server;
  private final Check check;
  private final ConcurrentLinkedDeque<RespConnection> idle = new ConcurrentLinkedDeque<>();
  private final Set<RespConnection> used = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor limits;
  private final int mostMillis;
  private volatile boolean closed;

  /**
   * @param check made on each new connection before anything else
   */
  RespConnections(RespServer server, Check check) {
    this(server, check, MOST_MILLIS);
  }

  /**
   * As {@link #RespConnections(RespServer, Check)}.
   *
   * @param mostMillis a request that takes longer has failed
   */
  RespConnections(RespServer server, Check check, int mostMillis) {
    this.server = server;
    this.check = check;
    this.mostMillis = mostMillis;
    this.limits =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "redis-limits");
              thread.setDaemon(true);
              return thread;
            });
    limits.setRemoveOnCancelPolicy(true);
  }

  /**
   * Makes requests on one connection.
   *
   * @throws StoreRefusedException if the server will never do that; it had no effect
   * @throws IOException if there is no answer, or an error that the request does not know; its
   *     cause is the answer
   */
  <T> T use(Requests<T> requests) throws IOException {
    RespConnection connection = take();
    ScheduledFuture<?> limit = limit(connection);
    boolean healthy = false;
    try {
      if (!connection.isEntered()) {
        connection.enter(check);
      }
      T result = requests.on(connection.entered());
      healthy = true;
      return result;
    } catch (JedisDataException e) {
      healthy = connection.isEntered() && !connection.entered().isBroken();
      throw judged(e);
    } catch (JedisException e) {
      dropIdle();
      throw new IOException(server + " does not answer: " + reason(e), e);
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      throw new IOException(server + " answers something else than a Redis server", e);
    } finally {
      limit.cancel(false);
      giveBack(connection, healthy);
    }
  }

  private RespConnection take() throws IOException {
    RespConnection connection = idle.pollLast();
    if (connection == null) {
      connection = new RespConnection(server);
    }
    used.add(connection);
    if (closed) {
      giveBack(connection, false);
      throw new IOException(server + " is not used any more");
    }
    return connection;
  }

  private ScheduledFuture<?> limit(RespConnection connection) throws IOException {
    try {
      return limits.schedule(connection::abort, mostMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      giveBack(connection, false);
      throw new IOException(server + " is not used any more", closing);
    }
  }

  private void giveBack(RespConnection connection, boolean healthy) {
    used.remove(connection);
    if (healthy) {
      idle.addLast(connection);
      if (closed) {
        dropIdle();
      }
    } else {
      connection.abort();
    }
  }

  private IOException judged(JedisDataException e) {
    String words = String.valueOf(e.getMessage());
    if (e instanceof JedisAccessControlException) {
      return new StoreRefusedException(server + " does not let us in: " + words, e);
    }
    if (e instanceof JedisRedirectionException) {
      return new StoreRefusedException(
          server + " is a node of a cluster, and a drive needs all of its keys in one place", e);
    }
    return FINAL.stream().anyMatch(words::startsWith)
        ? new StoreRefusedException(server + " answers: " + words, e)
        : new IOException(server + " answers: " + words, e);
  }

  private static @Nullable String reason(JedisException e) {
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null ? e.getMessage() : cause.getMessage();
  }

  private void dropIdle() {
    for (RespConnection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      next.abort();
    }
  }

  /** Ends all connections; requests that are under way fail. */
  @Override
  public void close() {
    closed = true;
    limits.shutdownNow();
    dropIdle();
    used.forEach(RespConnection::abort);
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

  /** Looks at a server before it is used. */
  @FunctionalInterface
  interface Check {
    /**
     * Looks at it.
     *
     * @throws StoreRefusedException if it must not be used
     */
    void on(Connection connection) throws IOException;
  }
}
