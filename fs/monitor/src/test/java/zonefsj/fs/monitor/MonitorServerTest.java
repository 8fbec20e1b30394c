// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.MetricsAddress;
import zonefsj.fs.cli.options.UsageError;

/** Metrics and the page, by HTTP. */
final class MonitorServerTest {
  private static final int LIMIT_BYTES = 4 << 20;

  /** More than the server takes at a time. */
  private static final int CROWD = 20;

  /** A listener that the selector of Jetty 12.1.14 accepts for is closed after 20 to 400. */
  private static final int ATTACKS = 1500;

  private MonitorServer server;
  private SocketAddress address;

  @BeforeEach
  void start() throws Exception {
    server = MonitorServer.start(address("127.0.0.1:0"));
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.address().port());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static MetricsAddress address(String text) throws UsageError {
    MetricsAddress parsed = MetricsAddress.parse(text);
    if (parsed == null) {
      throw new IllegalArgumentException(text);
    }
    return parsed;
  }

  private String exchange(String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(address)) {
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
      ByteBuffer answer = ByteBuffer.allocate(LIMIT_BYTES);
      while (channel.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
  }

  private String get(String path, String... headers) throws IOException {
    String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return exchange(
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "Connection: close\r\n\r\n");
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  private Json.JsonObject json(String path) throws IOException {
    String answer = get(path);
    assertThat(answer).startsWith("HTTP/1.1 200 ").contains("application/json");
    return (Json.JsonObject) JsonParser.parse(body(answer));
  }

  @Test
  void beforeThereIsAMountItSaysSo() throws Exception {
    assertThat(get("/metrics")).startsWith("HTTP/1.1 503 ").contains("being mounted");
  }

  @Test
  void metricsAreInTheFormatThatIsAskedFor() throws Exception {
    server.show(new FakeMount());
    String plain = get("/metrics");
    assertThat(plain)
        .startsWith("HTTP/1.1 200 ")
        .contains("Content-Type: text/plain; version=0.0.4")
        .contains("zonefsj_errors_total 2.0\n")
        .contains("zonefsj_drive_written_bytes_total{stream=\"gc\"} 1.073741824E9\n")
        .contains("zonefsj_gc_state{zonefsj_gc_state=\"working\"} 1\n")
        .contains("zonefsj_request_duration_seconds_bucket{request=\"fsync\",le=\"+Inf\"} 3\n")
        .contains("zonefsj_request_duration_seconds_bucket{request=\"fsync\",le=\"4.0E-6\"} 1\n")
        .contains("zonefsj_active_zones 3.0\n")
        .contains("zonefsj_active_zones_limit 12.0\n")
        .contains("zonefsj_open_zones_limit 8.0\n")
        .contains("zonefsj_unsynced_age_seconds 1.5\n")
        .contains("zonefsj_zones_by_condition{condition=\"full\"} 2.0\n")
        .contains("label=\"a \\\"quoted\\\"?label <script>\"");
    assertThat(get("/metrics", "Accept: application/openmetrics-text; version=1.0.0"))
        .contains("Content-Type: application/openmetrics-text")
        .contains("# TYPE zonefsj_errors counter\n")
        .endsWith("# EOF\n");
  }

  /** A host that stood still while it was asked. */
  @Test
  void whatWasSlowToAskIsNotToldForLong() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    AtomicLong nanos = new AtomicLong();
    FreshMount fresh =
        new FreshMount(
            new FakeMount() {
              @Override
              public MountStatus status() {
                asked.incrementAndGet();
                nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
                return super.status();
              }
            },
            nanos::get);
    fresh.status();
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(5) - 1);
    fresh.status();
    assertThat(asked).hasValue(1);
    nanos.incrementAndGet();
    fresh.status();
    assertThat(asked).hasValue(2);
  }

  @Test
  void thePageRunsNothingButItsOwn() throws Exception {
    server.show(new FakeMount());
    String page = get("/");
    assertThat(page)
        .contains("Content-Security-Policy: default-src 'none'; style-src 'nonce-")
        .doesNotContain("{{NONCE}}");
    // The name of a format, which nobody fetches.
    assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContainPattern("https?://");
    String nonce = page.replaceFirst("(?s).*script-src 'nonce-([^']+)'.*", "$1");
    assertThat(body(page)).contains("<script nonce=\"" + nonce + "\">");
    assertThat(get("/")).doesNotContain(nonce);
  }

  @Test
  void theMapHasAByteForEachZone() throws Exception {
    server.show(new FakeMount());
    Json.JsonObject zones = json("/zones.json");
    assertThat(zones.whole("zone_count")).isEqualTo(4);
    assertThat(zones.text("fill")).isEqualTo("AP9kBw==");
    assertThat(zones.texts("roles")).containsExactly("free", "hot");
  }

  @Test
  void theStatusIsThatOfTheCommand() throws Exception {
    server.show(new FakeMount());
    Json.JsonObject status = json("/status.json");
    assertThat(status.text("label")).isEqualTo(FakeMount.LABEL);
    assertThat(status.whole("now_millis")).isPositive();
    Json.JsonObject now = json("/now.json");
    assertThat(now.structure("requests").structure("read").whole("count")).isEqualTo(3);
    assertThat(now.whole("active_zones")).isEqualTo(3);
    assertThat(now.whole("max_active_zones")).isEqualTo(12);
    assertThat(now.whole("unsynced_nanos")).isEqualTo(1_500_000_000);
    assertThat(now.structure("process").whole("resident_bytes")).isPositive();
    assertThat(now.structure("process").whole("cpu_nanos")).isPositive();
    assertThat(now.structure("sample").whole("fsync_p99")).isPositive();
    assertThat(now.structure("device").structure("append").whole("failures")).isEqualTo(1);
  }

  @Test
  void theHistoryBeginsAtOnce() throws Exception {
    server.show(new FakeMount());
    for (int poll = 0;
        poll < 500 && json("/history.json").structures("samples").isEmpty();
        poll++) {
      // An answer is given again for a while.
      Thread.sleep(50);
    }
    assertThat(json("/history.json").structures("samples")).isNotEmpty();
  }

  /** A page of another site may lead its own name to this address. */
  @ParameterizedTest
  @CsvSource({
    "evil.example, 403",
    "evil.example:80, 403",
    "127.0.0.1.evil.example, 403",
    "localhost, 200",
    "LOCALHOST:9800, 200",
    "127.0.0.1:9800, 200",
    "[::1]:9800, 200"
  })
  void onlyItsOwnNamesAreServed(String host, int status) throws Exception {
    server.show(new FakeMount());
    assertThat(exchange("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void pagesOfOtherSitesAreRefused() throws Exception {
    server.show(new FakeMount());
    assertThat(get("/status.json", "Origin: http://evil.example")).startsWith("HTTP/1.1 403 ");
    assertThat(get("/metrics", "Sec-Fetch-Site: cross-site")).startsWith("HTTP/1.1 403 ");
    assertThat(get("/status.json", "Origin: null")).startsWith("HTTP/1.1 403 ");
    assertThat(get("/status.json", "Origin: http://localhost")).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"})
  void nothingCanBeChanged(String method) throws Exception {
    server.show(new FakeMount());
    assertThat(
            exchange(
                method
                    + " / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                    + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 405 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/page.html", "/%2e%2e/etc/passwd", "/status.json/"})
  void nothingElseIsThere(String path) throws Exception {
    server.show(new FakeMount());
    assertThat(get(path)).startsWith("HTTP/1.1 4");
  }

  @Test
  void aLongHeaderIsRefused() throws Exception {
    assertThat(get("/", "X-Long: " + "x".repeat(20_000))).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void anAddressInUseIsRefusedWithWords() {
    assertThatThrownBy(() -> MonitorServer.start(server.address()))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("metrics=127.0.0.1:" + server.address().port())
        .hasMessageContaining("in use");
  }

  @Test
  void anUnknownHostIsRefusedWithWords() {
    assertThatThrownBy(() -> MonitorServer.start(address("no.such.host.invalid:9800")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no.such.host.invalid");
  }

  @Test
  void aUnixSocketIsServed(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("m.sock");
    try (MonitorServer unix = MonitorServer.start(address("unix:" + socket))) {
      unix.show(new FakeMount());
      address = UnixDomainSocketAddress.of(socket);
      assertThat(get("/metrics")).contains("zonefsj_errors_total");
      assertThatThrownBy(() -> MonitorServer.start(address("unix:" + socket)))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("another process serves it");
    }
    assertThat(socket).doesNotExist();
  }

  /** Opens and closes connections around the limit of them, as any user of the host can. */
  private void attack(MonitorServer attacked) throws Exception {
    for (int round = 0; round < ATTACKS; round++) {
      List<SocketChannel> crowd = new ArrayList<>();
      try {
        for (int at = 0; at < CROWD; at++) {
          SocketChannel channel =
              SocketChannel.open(
                  address instanceof UnixDomainSocketAddress
                      ? StandardProtocolFamily.UNIX
                      : StandardProtocolFamily.INET);
          crowd.add(channel);
          // A full queue is not waited for.
          channel.configureBlocking(false);
          channel.connect(address);
        }
      } catch (IOException full) {
        assertThat(attacked.isServing()).as("round %d: %s", round, full).isTrue();
      } finally {
        for (SocketChannel channel : crowd) {
          channel.close();
        }
      }
    }
    assertThat(attacked.isServing()).isTrue();
    assertThat(whenTheCrowdIsGone()).contains("zonefsj_errors_total");
  }

  /** Its last connections may still take the room of this one. */
  private String whenTheCrowdIsGone() throws IOException, InterruptedException {
    for (int poll = 0; poll < 300; poll++) {
      try {
        return get("/metrics");
      } catch (IOException crowded) {
        Thread.sleep(100);
      }
    }
    return get("/metrics");
  }

  @Test
  void clientsDoNotEndTheListener() throws Exception {
    server.show(new FakeMount());
    attack(server);
  }

  @Test
  void clientsDoNotEndTheListenerOfAUnixSocket(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("m.sock");
    try (MonitorServer unix = MonitorServer.start(address("unix:" + socket))) {
      unix.show(new FakeMount());
      address = UnixDomainSocketAddress.of(socket);
      attack(unix);
      Files.move(socket, directory.resolve("moved"));
      assertThat(unix.isServing()).isFalse();
      Files.writeString(socket, "precious");
      assertThat(unix.isServing()).isFalse();
    }
    assertThat(socket).hasContent("precious");
  }

  @Test
  void aClosedServerServesNothing() {
    assertThat(server.isServing()).isTrue();
    server.close();
    assertThat(server.isServing()).isFalse();
  }

  @Test
  void theSocketOfADeadDaemonIsReplacedAndNothingElseIs(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("m.sock");
    try (var dead = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).exists();
    MonitorServer.start(address("unix:" + socket)).close();
    Files.writeString(socket, "precious");
    assertThatThrownBy(() -> MonitorServer.start(address("unix:" + socket)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is no socket");
    assertThat(socket).hasContent("precious");
  }
}
