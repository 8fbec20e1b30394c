// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.kit.ScriptedServer;
import zonefsj.stores.resp.RespServer;

/**
 * What is made of the answers of a server. Every test ends sooner than the time limit of a socket,
 * so whatever waits for that fails.
 */
@Timeout(value = 25, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisAnswersTest {
  private static RespServer address(ScriptedServer server) {
    return new RespServer("127.0.0.1", server.port(), false, Optional.empty());
  }

  private static final byte[] ABC = {'a', 'b', 'c'};

  private static RedisStore store(ScriptedServer server) {
    return new RedisStore(address(server), RedisLogin.USUAL, "p/", "store", RedisNeeds.NONE);
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

  /** The answer is lost, and the next attempt finds the object. */
  @Test
  void aPutWhoseAnswerWasLostIsRemembered() throws IOException {
    AtomicInteger puts = new AtomicInteger();
    AtomicBoolean lost = new AtomicBoolean();
    try (ScriptedServer server =
            new ScriptedServer(
                words ->
                    switch (words.get(0)) {
                      case "SET" ->
                          puts.incrementAndGet() == 1 ? Optional.empty() : Optional.of("$-1\r\n");
                      case "GETRANGE" -> Optional.of(lost.get() ? "$0\r\n\r\n" : "$3\r\nabc\r\n");
                      case "PING" -> Optional.empty();
                      default -> Optional.of(lost.get() ? ":0\r\n" : ":1\r\n");
                    });
        RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.wrap(ABC)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreUnavailableException.class);
      assertThat(store.putIfAbsent("data/1", ByteBuffer.wrap(ABC))).isTrue();
      assertThat(store.putIfAbsent("data/1", ByteBuffer.wrap(new byte[] {1}))).isFalse();
      lost.set(true);
      server.disconnect();
      assertThatThrownBy(() -> store.get("data/1", 10)).isInstanceOf(IOException.class);
      assertThat(store.get("data/1", 10)).isEmpty();
      assertThatThrownBy(() -> store.putIfAbsent("data/2", ByteBuffer.wrap(ABC)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("data/1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"$-5\r\n", "*-7\r\n", ":x\r\n", "+QUEUED\r\n", "?\r\n", "*1\r\n:1\r\n"})
  void aPutIsDoneOnlyIfThatIsSaid(String answer) throws IOException {
    try (ScriptedServer server = new ScriptedServer(words -> Optional.of(answer));
        RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.wrap(ABC)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .isNotInstanceOf(StoreUnavailableException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"OOM command not allowed", "MISCONF Errors writing", "LOADING"})
  void aServerThatDoesNothingNowHasDoneNothing(String words) throws IOException {
    try (ScriptedServer server = new ScriptedServer(sent -> Optional.of("-" + words + "\r\n"));
        RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.wrap(ABC)))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining(words);
    }
  }

  @Test
  void aServerThatIsNotThereHasDoneNothing() throws IOException {
    ScriptedServer server = new ScriptedServer(words -> Optional.empty());
    server.close();
    try (RedisStore store = store(server)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.wrap(ABC)))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("does not answer");
    }
  }
}
