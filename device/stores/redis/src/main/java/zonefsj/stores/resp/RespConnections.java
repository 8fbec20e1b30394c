// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/**
 * The connections to a server: as many as there have been requests at once. Thread-safe.
 *
 * <p>A connection that was not used for a while may be dead without anybody knowing, and an older
 * one may lead to a server that another one has replaced. So after a failure all that were made
 * before it are given up, and the next attempt makes a new one.
 *
 * <p>A request ends within {@link #MOST_MILLIS}, with its connection, also one that cannot be sent:
 * the time limit of a socket is for reads only. What the host takes to find the address of a name
 * comes on top.
 */
public final class RespConnections implements Closeable {
  /** A request that takes longer has failed. */
  private static final int MOST_MILLIS = 2 * RespServer.ANSWER_MILLIS;

  private final RespServer server;
  private final RespEntry entry;
  private final ConcurrentLinkedDeque<RespConnection> idle = new ConcurrentLinkedDeque<>();
  private final Set<RespConnection> used = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor limits;
  private final int mostMillis;

  /** How often all connections were given up; what was made before that is not kept. */
  private final AtomicInteger generation = new AtomicInteger();

  private volatile boolean closed;

  /**
   * Connects when it is asked first.
   *
   * @param entry made on each new connection before anything else
   */
  public RespConnections(RespServer server, RespEntry entry) {
    this(server, entry, MOST_MILLIS);
  }

  /**
   * As {@link #RespConnections(RespServer, RespEntry)}.
   *
   * @param mostMillis a request that takes longer has failed
   */
  public RespConnections(RespServer server, RespEntry entry, int mostMillis) {
    this.server = server;
    this.entry = entry;
    this.mostMillis = mostMillis;
    this.limits =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "store-limits");
              thread.setDaemon(true);
              return thread;
            });
    limits.setRemoveOnCancelPolicy(true);
    // Later there might be no thread.
    limits.prestartCoreThread();
  }

  /**
   * Makes requests on one connection, to a server that has all that it has acknowledged.
   *
   * @throws StoreRefusedException if the server will never do that, or has lost something; it had
   *     no effect
   * @throws StoreUnavailableException if the server does not do that now; it had no effect
   * @throws IOException if there is no answer, or an error that the request does not know; its
   *     cause is the answer
   */
  public <T> T use(Requests<T> requests) throws IOException {
    return on(
        connection -> {
          connection.requireIntact(entry);
          return requests.on(connection.entered());
        });
  }

  /**
   * As {@link #use}, for requests that only look whether objects are there, and what is in them:
   * whether somebody else has taken a drive over, and deletes our objects, is known only by what he
   * has put.
   */
  public <T> T look(Requests<T> requests) throws IOException {
    return on(connection -> requests.on(connection.entered()));
  }

  private <T> T on(Work<T> work) throws IOException {
    RespConnection connection = take();
    ScheduledFuture<?> limit = limit(connection);
    boolean healthy = false;
    try {
      enter(connection);
      T result = work.on(connection);
      healthy = true;
      return result;
    } catch (JedisDataException e) {
      healthy = connection.isEntered() && !connection.entered().isBroken() && !isReplaced(e);
      throw judged(e);
    } catch (JedisException e) {
      throw silent(connection, e);
    } catch (RuntimeException e) {
      throw new IOException(server + " answers something else than such a server does", e);
    } finally {
      boolean inTime = limit.cancel(false);
      if (!healthy) {
        dropAll(connection.generation());
      }
      giveBack(connection, healthy && inTime);
    }
  }

  /** Nothing was asked yet if this fails. */
  private void enter(RespConnection connection) throws IOException {
    if (!connection.isEntered()) {
      connection.enter(entry);
    }
  }

  private IOException silent(RespConnection connection, JedisException e) {
    String words = server + " does not answer: " + reason(e);
    return connection.isEntered()
        ? new IOException(words, e)
        : new StoreUnavailableException(words, e);
  }

  private boolean isReplaced(JedisDataException e) {
    return entry.meaning(String.valueOf(e.getMessage())) == RespEntry.Meaning.REPLACED;
  }

  private RespConnection take() throws IOException {
    RespConnection connection = idle.pollLast();
    while (connection != null && connection.generation() != generation.get()) {
      connection.abort();
      connection = idle.pollLast();
    }
    if (connection == null) {
      connection = new RespConnection(server, generation.get());
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
    if (healthy && connection.generation() == generation.get()) {
      idle.addLast(connection);
      if (closed || connection.generation() != generation.get()) {
        // They were given up a moment ago.
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
    String answer = server + " answers: " + words;
    return switch (entry.meaning(words)) {
      case NEVER -> new StoreRefusedException(answer, e);
      case NOT_NOW, REPLACED -> new StoreUnavailableException(answer, e);
      case UNKNOWN -> new IOException(answer, e);
    };
  }

  private static @Nullable String reason(JedisException e) {
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null ? e.getMessage() : cause.getMessage();
  }

  /** Gives up all connections of a generation, unless that was done. */
  private void dropAll(int failed) {
    if (generation.compareAndSet(failed, failed + 1)) {
      dropIdle();
    }
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
  public interface Requests<T> {
    /** Makes them. */
    T on(Connection connection) throws IOException;
  }

  /** What is done on a connection that was entered. */
  @FunctionalInterface
  private interface Work<T> {
    T on(RespConnection connection) throws IOException;
  }
}
