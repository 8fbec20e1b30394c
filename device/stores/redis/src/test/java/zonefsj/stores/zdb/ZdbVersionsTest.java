// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.kit.ScriptedServer;
import zonefsj.stores.kit.ScriptedZdb;
import zonefsj.stores.resp.RespServer;

/** Which of several values of a key counts. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ZdbVersionsTest {
  private static final int CLIENTS = 3;
  private static final int ORDERS = 60;

  private static ZdbStore store(ScriptedServer server) {
    return new ZdbStore(
        new RespServer("127.0.0.1", server.port(), false, Optional.empty()),
        "default",
        Optional.empty(),
        "store",
        false);
  }

  /** Whether a namespace has a password is known to its server only. */
  @Test
  void aNamespaceThatIsClosedNamesTheOptionForItsPassword() throws IOException {
    try (ScriptedServer server =
        new ScriptedServer(words -> Optional.of("-Namespace protected and private\r\n"))) {
      ZdbStore store = store(server);
      assertThatThrownBy(() -> store.get("a", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("cannot be entered")
          .hasMessageContaining("password-file=PATH");
    }
  }

  private static ByteBuffer content(int client) {
    return ByteBuffer.wrap(new byte[] {(byte) client, 7});
  }

  /** Lets one command at a time through, of a client that is drawn by lot. */
  private static final class Turns implements ScriptedServer.Script {
    private final ScriptedServer.Script script;
    private final SplittableRandom random;

    /** Guarded by this object's monitor, as the next. */
    private final List<Object> waiting = new ArrayList<>();

    private int clients;

    Turns(ScriptedServer.Script script, long seed, int clients) {
      this.script = script;
      this.random = new SplittableRandom(seed);
      this.clients = clients;
    }

    @Override
    public Optional<String> answer(List<String> words) {
      Object me = new Object();
      synchronized (this) {
        waiting.add(me);
        draw();
        while (waiting.contains(me)) {
          try {
            wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
          }
        }
      }
      return script.answer(words);
    }

    /** A client has nothing to ask any more. */
    synchronized void end() {
      clients--;
      draw();
    }

    private synchronized void draw() {
      if (waiting.size() == clients && clients > 0) {
        waiting.remove(random.nextInt(clients));
        notifyAll();
      }
    }
  }

  /** What was seen once stays so, in whatever order the commands come. */
  @Test
  void inManyOrdersOneValueCounts() throws Exception {
    ScriptedZdb zdb = new ScriptedZdb();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (int order = 0; order < ORDERS; order++) {
        play(zdb, "log/" + order, order, threads);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void play(ScriptedZdb zdb, String name, long seed, ExecutorService threads)
      throws Exception {
    Turns turns = new Turns(zdb, seed, CLIENTS + 1);
    try (ScriptedServer server = new ScriptedServer(turns);
        ScriptedServer plain = new ScriptedServer(zdb)) {
      List<Future<Boolean>> puts = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        ByteBuffer content = content(client);
        puts.add(
            threads.submit(
                () -> {
                  try (ZdbStore store = store(server)) {
                    return store.putIfAbsent(name, content);
                  } finally {
                    turns.end();
                  }
                }));
      }
      Future<Optional<ByteBuffer>> reader =
          threads.submit(
              () -> {
                Optional<ByteBuffer> seen = Optional.empty();
                try (ZdbStore store = store(server)) {
                  for (int look = 0; look < 10; look++) {
                    Optional<ByteBuffer> now = store.get(name, 1 << 20);
                    assertThat(seen.isEmpty() || seen.equals(now)).as("seed %d", seed).isTrue();
                    seen = now;
                  }
                  return seen;
                } finally {
                  turns.end();
                }
              });
      int winner = -1;
      for (int client = 0; client < CLIENTS; client++) {
        if (puts.get(client).get()) {
          assertThat(winner).as("seed %d: two have won", seed).isNegative();
          winner = client;
        }
      }
      assertThat(winner).as("seed %d", seed).isNotNegative();
      Optional<ByteBuffer> seen = reader.get();
      assertThat(seen.isEmpty() || seen.equals(Optional.of(content(winner)))).isTrue();
      try (ZdbStore store = store(plain)) {
        assertThat(store.get(name, 10)).contains(content(winner));
        assertThat(store.putIfAbsent(name, content(9))).isFalse();
        assertThat(store.putIfAbsent(name, content(winner))).isTrue();
        List<String> names = new ArrayList<>();
        store.list(name, (each, length) -> names.add(each + " " + length));
        assertThat(names).contains(name + " 2");
        store.delete(name);
        assertThat(store.get(name, 10)).isEmpty();
      }
    }
  }

  /** The value may be there: whoever adds to a log must not take its number again. */
  @Test
  void afterTheValueWasSentNothingIsWithoutEffect() throws IOException {
    ScriptedZdb zdb = new ScriptedZdb();
    AtomicBoolean frozen = new AtomicBoolean();
    try (ScriptedServer server =
            new ScriptedServer(
                words -> {
                  if (words.get(0).equals("HISTORY") && frozen.get()) {
                    return Optional.of("-Namespace is temporarily frozen\r\n");
                  }
                  if (words.get(0).equals("SET") && words.get(2).length() > 1) {
                    frozen.set(true);
                  }
                  return zdb.answer(words);
                });
        ZdbStore store = store(server)) {
      assertThatThrownBy(() -> store.putIfAbsent("log/1", content(1)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreUnavailableException.class)
          .isNotInstanceOf(StoreRefusedException.class);
      frozen.set(false);
      assertThat(store.get("log/1", 10)).contains(content(1));
    }
  }

  @Test
  void aServerWithoutRoomIsToldNothing() throws IOException {
    ScriptedZdb zdb = new ScriptedZdb();
    try (ScriptedServer server =
            new ScriptedServer(
                words -> {
                  assertThat(words.get(0)).isNotEqualTo("SET");
                  Optional<String> answer = zdb.answer(words);
                  return words.get(0).equals("NSINFO")
                      ? Optional.of(
                          bulk("worm: no\nmode: userkey\ndata_disk_freespace_bytes: 1000000\n"))
                      : answer;
                });
        ZdbStore store = store(server)) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> store.putIfAbsent("log/1", content(1)))
            .isInstanceOf(StoreUnavailableException.class)
            .hasMessageContaining("left on its disk");
        assertThatThrownBy(() -> store.putOwn("data/1", content(1)))
            .isInstanceOf(StoreUnavailableException.class);
      }
    }
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }
}
