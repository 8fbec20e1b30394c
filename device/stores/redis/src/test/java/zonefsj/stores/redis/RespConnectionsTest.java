// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import zonefsj.stores.StoreRefusedException;

/** Servers and networks that do not what they should. */
@Timeout(60)
class RespConnectionsTest {
  private static final RespConnections.Check NO_CHECK = connection -> {};

  private static Object ping(RespConnections connections) throws IOException {
    return connections.use(
        connection -> connection.executeCommand(new CommandArguments(Command.PING)));
  }

  private static RedisStore store(ScriptedServer server) {
    return new RedisStore(server.address(), "p/", "store", RedisNeeds.NONE);
  }

  @Test
  void aConnectionThatIsResetFailsAndTheNextOneIsNew() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer(
                words ->
                    asked.incrementAndGet() == 2 ? Optional.empty() : Optional.of("+PONG\r\n"));
        RespConnections connections = new RespConnections(server.address(), NO_CHECK)) {
      ping(connections);
      assertThatThrownBy(() -> ping(connections))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class);
      ping(connections);
      assertThat(asked).hasValue(3);
    }
  }

  /** The time limit of a socket is for reads only. */
  @Test
  void whatCannotBeSentFails() throws IOException {
    try (ServerSocket silent = new ServerSocket()) {
      silent.setReceiveBufferSize(4096);
      silent.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      RespServer server =
          new RespServer(
              "127.0.0.1", silent.getLocalPort(), false, Optional.empty(), Optional.empty(), 0);
      try (RespConnections connections = new RespConnections(server, NO_CHECK, 500)) {
        byte[] much = new byte[64 << 20];
        assertThatThrownBy(
                () ->
                    connections.use(
                        connection ->
                            connection.executeCommand(
                                new CommandArguments(Command.SET).add("k").add(much))))
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void theCloseEndsARequest() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    try (ScriptedServer server =
        new ScriptedServer(
            words -> {
              asked.countDown();
              awaitQuietly(never);
              return Optional.empty();
            })) {
      RespConnections connections = new RespConnections(server.address(), NO_CHECK);
      Thread closer =
          new Thread(
              () -> {
                awaitQuietly(asked);
                connections.close();
              });
      closer.start();
      assertThatThrownBy(() -> ping(connections)).isInstanceOf(IOException.class);
      closer.join();
      never.countDown();
      assertThatThrownBy(() -> ping(connections)).hasMessageContaining("not used any more");
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aServerThatFailsTheCheckIsNotUsedLater() throws IOException {
    AtomicInteger checks = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer(
                words ->
                    Optional.of(words.get(0).equals("PING") ? "+PONG\r\n" : "-LOADING wait\r\n"));
        RespConnections connections =
            new RespConnections(
                server.address(),
                connection -> {
                  checks.incrementAndGet();
                  connection.executeCommand(new CommandArguments(Command.ROLE));
                })) {
      for (int i = 1; i <= 2; i++) {
        assertThatThrownBy(() -> ping(connections))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(StoreRefusedException.class)
            .hasMessageContaining("LOADING");
        assertThat(checks).hasValue(i);
      }
    }
  }

  @Test
  void answersThatAreNoneFail() throws IOException {
    try (ScriptedServer server = new ScriptedServer(words -> Optional.of(":1\r\n"));
        RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("something else");
    }
  }

  @Test
  void aNodeOfAClusterIsRefused() throws IOException {
    try (ScriptedServer server =
            new ScriptedServer(words -> Optional.of("-MOVED 3999 127.0.0.1:6381\r\n"));
        RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("cluster");
    }
  }

  /** Another host puts it between two requests. */
  @Test
  void anObjectThatAppearsIsSeenAsAWhole() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer(
                words -> {
                  if (words.get(0).equals("EXISTS")) {
                    return Optional.of(":1\r\n");
                  }
                  return Optional.of(reads.incrementAndGet() == 1 ? "$0\r\n\r\n" : "$3\r\nabc\r\n");
                });
        RedisStore store = store(server)) {
      assertThat(store.get("log/1", 10)).contains(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}));
    }
  }

  /** Another host deletes it between two requests. */
  @Test
  void anObjectThatDisappearsIsNotEmpty() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer(
                words ->
                    Optional.of(
                        words.get(0).equals("EXISTS")
                            ? ":" + (asked.incrementAndGet() == 1 ? 1 : 0) + "\r\n"
                            : "$0\r\n\r\n"));
        RedisStore store = store(server)) {
      assertThat(store.get("log/1", 10)).isEmpty();
      assertThat(asked).hasValue(2);
    }
  }
}
