// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.kit.ScriptedServer;

/**
 * Servers and networks that do not what they should. Every test ends sooner than the time limit of
 * a socket, so whatever waits for that fails.
 */
@Timeout(value = 25, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RespConnectionsTest {
  private static RespServer address(ScriptedServer server) {
    return new RespServer("127.0.0.1", server.port(), false, Optional.empty());
  }

  private static Object ping(RespConnections connections) throws IOException {
    return connections.use(
        connection -> connection.executeCommand(new CommandArguments(Command.PING)));
  }

  @Test
  void aConnectionThatIsResetFailsAndTheNextOneIsNew() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer(
                words ->
                    asked.incrementAndGet() == 2 ? Optional.empty() : Optional.of("+PONG\r\n"));
        RespConnections connections = new RespConnections(address(server), PlainEntry.NO_LOOK)) {
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
          new RespServer("127.0.0.1", silent.getLocalPort(), false, Optional.empty());
      try (RespConnections connections = new RespConnections(server, PlainEntry.NO_LOOK, 3000)) {
        byte[] much = new byte[64 << 20];
        assertThatThrownBy(
                () ->
                    connections.use(
                        connection ->
                            connection.executeCommand(
                                new CommandArguments(Command.SET).add("k").add(much))))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(StoreUnavailableException.class);
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
      RespConnections connections = new RespConnections(address(server), PlainEntry.NO_LOOK);
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
                address(server),
                new PlainEntry(
                    connection -> {
                      checks.incrementAndGet();
                      connection.executeCommand(new CommandArguments(Command.ROLE));
                    }))) {
      for (int i = 1; i <= 2; i++) {
        assertThatThrownBy(() -> ping(connections))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(StoreRefusedException.class)
            .hasMessageContaining("LOADING");
        assertThat(checks).hasValue(i);
      }
    }
  }

  /** A failover is under way: other connections lead to the same server. */
  @Test
  void allConnectionsAreGivenUpWhenOneLeadsToAReplica() throws Exception {
    AtomicInteger connected = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(2);
    try (ScriptedServer server =
            new ScriptedServer(
                words -> {
                  if (words.get(0).equals("PING")) {
                    both.countDown();
                    awaitQuietly(both);
                  }
                  return Optional.of(
                      words.get(0).equals("SET")
                          ? "-READONLY You can't write against a read only replica.\r\n"
                          : "+PONG\r\n");
                });
        RespConnections connections =
            new RespConnections(
                address(server), new PlainEntry(connection -> connected.incrementAndGet()))) {
      Thread other = new Thread(() -> pingQuietly(connections));
      other.start();
      ping(connections);
      other.join();
      assertThat(connected).hasValue(2);
      assertThatThrownBy(
              () ->
                  connections.use(
                      connection ->
                          connection.executeCommand(
                              new CommandArguments(Command.SET).add("k").add("v"))))
          .isInstanceOf(StoreUnavailableException.class);
      ping(connections);
      assertThat(connected).hasValue(3);
    }
  }

  private static void pingQuietly(RespConnections connections) {
    try {
      ping(connections);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another server answers under the same name: older connections lead to the one before. */
  @Test
  void allConnectionsAreGivenUpWhenALookFails() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(2);
    try (ScriptedServer server =
            new ScriptedServer(
                words -> {
                  both.countDown();
                  awaitQuietly(both);
                  return Optional.of("+PONG\r\n");
                });
        RespConnections connections =
            new RespConnections(
                address(server),
                new PlainEntry(
                    connection -> {
                      if (looks.incrementAndGet() == 3) {
                        throw new StoreRefusedException("it has forgotten", null);
                      }
                    }))) {
      // Two are idle, a third one is made while both are used.
      Thread other = new Thread(() -> pingQuietly(connections));
      other.start();
      ping(connections);
      other.join();
      connections.use(
          one ->
              connections.use(
                  two -> {
                    assertThatThrownBy(() -> ping(connections))
                        .isInstanceOf(StoreRefusedException.class);
                    return true;
                  }));
      ping(connections);
      assertThat(looks).hasValue(4);
    }
  }

  /** The limit holds while a connection is made, too: the other side takes it and says nothing. */
  @Test
  void aConnectionThatIsNotMadeFails() throws IOException {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RespServer server = new RespServer("127.0.0.1", full.getLocalPort(), true, Optional.empty());
      try (RespConnections connections = new RespConnections(server, PlainEntry.NO_LOOK, 500)) {
        assertThatThrownBy(() -> ping(connections)).isInstanceOf(StoreUnavailableException.class);
      }
    }
  }
}
