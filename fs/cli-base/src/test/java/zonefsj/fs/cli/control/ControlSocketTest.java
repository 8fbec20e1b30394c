// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.cli.host.UserError;

/** Commands and a daemon over a real socket. */
@Timeout(60)
final class ControlSocketTest {
  private static final ControlRequest STATUS = new ControlRequest(ControlRequest.Action.STATUS);
  private static final Json.JsonObject NOTHING = Json.structure().build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @SuppressWarnings("NullAway.Init") // set before each test
  private ControlServer server;

  private final CountDownLatch peerGone = new CountDownLatch(1);
  private final CountDownLatch worked = new CountDownLatch(1);
  private CountDownLatch begun = new CountDownLatch(0);

  @BeforeEach
  void start() throws IOException {
    server = ControlServer.start(socket(), this::handle, ThreadGuard.LOGGING);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Path socket() {
    return directory.resolve("s.sock");
  }

  private Json.JsonObject handle(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    switch (request.action()) {
      case STATUS -> {
        return Json.structure().put("answer", 42).build();
      }
      case ZONES -> {
        for (int i = 0; i < 20_000; i++) {
          session.item(Json.structure().put("zone", i).build());
        }
      }
      case SYNC -> throw new ErrnoException(Errno.EIO, "the drive failed");
      case GC -> {
        session.progress("collecting", 1, 2);
        // Longer than a heartbeat.
        Thread.sleep(1500);
      }
      case DEFRAG -> {
        for (int step = 0; step < 50_000; step++) {
          session.progress("rewriting", step, 50_000);
        }
        assertThat(session.goesOn()).isTrue();
        worked.countDown();
        return Json.structure().put("finished", true).build();
      }
      case SCRUB -> {
        begun.countDown();
        worked.await();
      }
      case GROW, SHRINK, SET, EJECT, ADMIT, COUNTERS, ZONE_MAP, METRICS, FREEZE, THAW ->
          throw new IllegalStateException("a bug");
      case UMOUNT -> {
        session.peerGone().join();
        peerGone.countDown();
      }
    }
    return NOTHING;
  }

  private Json.JsonObject ask(ControlRequest request) throws IOException {
    return ask(request, ProgressListener.NONE, item -> {});
  }

  private Json.JsonObject ask(
      ControlRequest request, ProgressListener progress, ControlClient.ItemSink items)
      throws IOException {
    try (ControlClient client = ControlClient.connect(socket())) {
      return client.ask(request, progress, items);
    }
  }

  @Test
  void anAnswerArrives() throws IOException {
    assertThat(ask(STATUS).whole("answer")).isEqualTo(42);
  }

  @Test
  void manyItemsArriveInOrder() throws IOException {
    List<Long> zones = new ArrayList<>();
    ask(
        new ControlRequest(ControlRequest.Action.ZONES),
        ProgressListener.NONE,
        item -> zones.add(item.whole("zone")));
    assertThat(zones).hasSize(20_000).isSorted().last().isEqualTo(19_999L);
  }

  @Test
  void progressArrivesWhileTheWorkGoesOn() throws IOException {
    List<String> heard = new ArrayList<>();
    ask(
        new ControlRequest(ControlRequest.Action.GC),
        (what, done, total) -> heard.add(what + done + "/" + total),
        item -> {});
    assertThat(heard).containsExactly("collecting1/2");
  }

  @Test
  void failuresArriveAsTheirWords() {
    assertThatThrownBy(() -> ask(new ControlRequest(ControlRequest.Action.SYNC)))
        .isInstanceOf(UserError.class)
        .hasMessage("the drive failed");
    assertThatThrownBy(() -> ask(new ControlRequest(ControlRequest.Action.SET)))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("internal error");
  }

  @Test
  void aClientThatLeavesIsNoticed() throws IOException, InterruptedException {
    try (SocketChannel raw = connectRaw()) {
      write(raw, ControlCodec.encode(new ControlRequest(ControlRequest.Action.UMOUNT)) + "\n");
    }
    assertThat(peerGone.await(20, TimeUnit.SECONDS)).isTrue();
  }

  /** As by Ctrl-Z: the work goes on, others are served, and the end of the answer is there. */
  @Test
  void aClientThatIsStoppedForAWhileMissesProgressOnly() throws Exception {
    try (LineChannel stopped = new LineChannel(connectRaw(), ControlCodec.MAX_LINE_BYTES)) {
      stopped.writeLine(
          ControlCodec.encode(new ControlRequest(ControlRequest.Action.DEFRAG)),
          Duration.ofSeconds(5));
      assertThat(worked.await(30, TimeUnit.SECONDS)).isTrue();
      anAnswerArrives();
      ControlReply reply;
      int steps = -1;
      do {
        reply = ControlCodec.decodeReply(stopped.readLine(Duration.ofSeconds(20)).orElseThrow());
        steps++;
      } while (reply instanceof ControlReply.Progress || reply instanceof ControlReply.Alive);
      assertThat(reply).isInstanceOf(ControlReply.Done.class);
      assertThat(steps).isBetween(1, 49_999);
    }
  }

  @Test
  void whatIsTooMuchIsToldAndAnUnmountIsNotKeptOut() throws Exception {
    begun = new CountDownLatch(24);
    List<SocketChannel> clients = new ArrayList<>();
    try {
      ControlRequest scrub = new ControlRequest(ControlRequest.Action.SCRUB);
      for (int client = 0; client < 24; client++) {
        clients.add(connectRaw());
        write(clients.get(client), ControlCodec.encode(scrub) + "\n");
      }
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> ask(scrub))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith("24 requests to this mount are in progress");
      anAnswerArrives();
      for (int client = 24; client < 32; client++) {
        clients.add(connectRaw());
        write(
            clients.get(client),
            ControlCodec.encode(new ControlRequest(ControlRequest.Action.UMOUNT)) + "\n");
      }
      assertThatThrownBy(() -> ask(STATUS))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith("32 requests to this mount are in progress");
    } finally {
      worked.countDown();
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  @Test
  void garbageIsAnsweredWithWordsAndDoesNoHarm() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] garbage = new byte[random.nextInt(200)];
      random.nextBytes(garbage);
      for (int j = 0; j < garbage.length; j++) {
        garbage[j] = garbage[j] == '\n' ? 0 : garbage[j];
      }
      try (LineChannel channel = new LineChannel(connectRaw(), ControlCodec.MAX_LINE_BYTES)) {
        channel.writeLine(new String(garbage, StandardCharsets.ISO_8859_1), Duration.ofSeconds(5));
        String answer = channel.readLine(Duration.ofSeconds(5)).orElseThrow();
        assertThat(ControlCodec.decodeReply(answer)).isInstanceOf(ControlReply.Failed.class);
        assertThat(channel.readLine(Duration.ofSeconds(5))).isEmpty();
      }
    }
    anAnswerArrives();
  }

  @Test
  void aLineWithoutEndIsCutOff() throws IOException {
    try (SocketChannel raw = connectRaw()) {
      byte[] chunk = new byte[1 << 16];
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  ByteBuffer bytes = ByteBuffer.wrap(chunk);
                  while (bytes.hasRemaining()) {
                    raw.write(bytes);
                  }
                }
              })
          .isInstanceOf(IOException.class);
    }
    anAnswerArrives();
  }

  @Test
  void manyWhoSayNothingDoNotKeepOthersOut() throws IOException {
    List<SocketChannel> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        silent.add(connectRaw());
      }
      anAnswerArrives();
    } finally {
      for (SocketChannel channel : silent) {
        channel.close();
      }
    }
  }

  @Test
  void whenTheServerHasEndedItsSocketIsGone() throws IOException {
    server.close();
    assertThat(socket()).doesNotExist();
  }

  @Test
  void aSocketOnWhichNobodyListensIsToldApart() throws IOException {
    Path stale = directory.resolve("stale.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(stale));
    }
    assertThat(Files.exists(stale)).isTrue();
    assertThatThrownBy(() -> ControlClient.connect(stale)).isInstanceOf(ConnectException.class);
  }

  /** Those who gave up keep their places in the queue of a stopped daemon. */
  @Test
  void aDaemonThatAcceptsNothingIsGivenUp() throws IOException {
    Path path = directory.resolve("stopped.sock");
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path), 2);
      // One more than the queue is long.
      for (int one = 0; one < 3; one++) {
        waiting.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
      }
      assertThatThrownBy(() -> ControlClient.connect(path, System.nanoTime() + 100_000_000))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("accepts no connection");
      listener.accept().close();
      ControlClient.connect(path).close();
    } finally {
      for (SocketChannel one : waiting) {
        one.close();
      }
    }
  }

  @Test
  void aDaemonThatEndsWithinAnAnswerIsToldApart() throws IOException {
    Path path = directory.resolve("dies.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path));
      try (ControlClient client = ControlClient.connect(path)) {
        listener.accept().close();
        assertThatThrownBy(() -> client.ask(STATUS, ProgressListener.NONE, item -> {}))
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void aDaemonThatTalksNonsenseIsToldApart() throws IOException {
    Path path = directory.resolve("odd.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path));
      try (ControlClient client = ControlClient.connect(path);
          SocketChannel daemon = listener.accept()) {
        write(daemon, "200 OK\n");
        assertThatThrownBy(() -> client.ask(STATUS, ProgressListener.NONE, item -> {}))
            .isInstanceOf(MalformedJsonException.class);
      }
    }
  }

  @Test
  void silenceHasAnEnd() throws IOException {
    try (LineChannel channel = new LineChannel(connectRaw(), 100)) {
      assertThatThrownBy(() -> channel.readLine(Duration.ofMillis(100)))
          .isInstanceOf(PeerTimeoutException.class);
    }
  }

  private SocketChannel connectRaw() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket()));
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
