// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;

/** Metrics, the page, top, and options that change while mounted. */
final class MonitorTest {
  private static final Path MONITORING =
      Path.of(System.getProperty("zonefsj.root", "..")).resolve("mount-scripts/monitoring");

  private static final Pattern METRIC = Pattern.compile("\\b(?:zonefsj|jvm|process)_[a-z_]+\\b");

  @RegisterExtension final CommandFixture cli = new CommandFixture();
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void mount() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "metrics=127.0.0.1:0").ok();
  }

  private Json.JsonObject statusJson() throws IOException, InterruptedException {
    return (Json.JsonObject)
        JsonParser.parse(cli.run("status", "--json", cli.mountPoint()).ok().out());
  }

  private String option(String name) throws IOException, InterruptedException {
    return statusJson().structure("options").text(name);
  }

  private String log() throws IOException, InterruptedException {
    return Files.readString(Path.of(statusJson().text("log_file")));
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://" + option("metrics") + path)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  /** Returns metrics with this value: an answer is given again for a while. */
  private String awaitMetric(String name, double wanted) throws IOException, InterruptedException {
    String metrics = get("/metrics");
    for (int poll = 0; poll < 300 && value(metrics, name) != wanted; poll++) {
      Thread.sleep(100);
      metrics = get("/metrics");
    }
    assertThat(value(metrics, name)).isEqualTo(wanted);
    return metrics;
  }

  private void work() throws IOException {
    Path file = cli.mountPoint().resolve("f");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int round = 0; round < 5; round++) {
        channel.write(ByteBuffer.allocate(100_000));
        channel.force(true);
      }
    }
  }

  @Test
  void whatApplicationsDoIsCounted() throws Exception {
    work();
    String metrics = awaitMetric("zonefsj_application_written_bytes_total", 500_000);
    assertThat(value(metrics, "zonefsj_request_duration_seconds_count{request=\"fsync\"}"))
        .isEqualTo(5);
    assertThat(value(metrics, "zonefsj_request_duration_seconds_sum{request=\"fsync\"}"))
        .isPositive();
    assertThat(value(metrics, "zonefsj_commit_duration_seconds_count")).isGreaterThanOrEqualTo(5);
    assertThat(
            value(metrics, "zonefsj_device_operation_duration_seconds_count{operation=\"flush\"}"))
        .isGreaterThanOrEqualTo(5);
    assertThat(value(metrics, "zonefsj_errors_total")).isZero();
    assertThat(value(metrics, "zonefsj_read_only")).isZero();
    assertThat(value(metrics, "zonefsj_inodes")).isEqualTo(2);
    assertThat(get("/")).contains("<title>");
    cli.run("umount", cli.mountPoint()).ok();
    // The kernel has nothing in its cache.
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "metrics=127.0.0.1:0").ok();
    assertThat(Files.readAllBytes(cli.mountPoint().resolve("f"))).hasSize(500_000);
    awaitMetric("zonefsj_application_read_bytes_total", 500_000);
    cli.run("set", cli.mountPoint(), "ro").ok();
    awaitMetric("zonefsj_read_only", 1);
  }

  /** A name that nothing tells would make an alert that never comes. */
  @Test
  void dashboardAndAlertsUseMetricsThatExist() throws Exception {
    work();
    String metrics = get("/metrics");
    Set<String> known = new HashSet<>();
    metrics
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceFirst("[{ ].*", ""))
        .forEach(
            name -> {
              known.add(name);
              // Of a histogram as a whole.
              known.add(name.replaceFirst("_count$", ""));
            });
    for (String name : List.of("alerts.yml", "dashboard.json")) {
      Matcher used = METRIC.matcher(Files.readString(MONITORING.resolve(name)));
      int count = 0;
      while (used.find()) {
        assertThat(known).as(name).contains(used.group());
        count++;
      }
      assertThat(count).as(name).isGreaterThan(10);
    }
    assertThat(JsonParser.parse(Files.readString(MONITORING.resolve("dashboard.json"))))
        .isInstanceOf(Json.JsonObject.class);
  }

  @Test
  void promtoolAcceptsMetricsAndRules() throws Exception {
    work();
    String metrics = cli.run("metrics", cli.mountPoint()).ok().out();
    // Beside the metrics of others, each names its mount.
    assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
        .allMatch(line -> line.contains("mount_point=\"" + cli.mountPoint() + "\""))
        .allMatch(line -> line.startsWith("zonefsj_"));
    assertThat(promtool(metrics, "check", "metrics")).isEmpty();
    assertThat(promtool(get("/metrics"), "check", "metrics")).isEmpty();
    assertThat(promtool("", "check", "rules", MONITORING.resolve("alerts.yml").toString()))
        .contains("SUCCESS: 14 rules found");
    for (String name : List.of("alerts-test.yml", "alerts-scrub-test.yml")) {
      assertThat(promtool("", "test", "rules", MONITORING.resolve(name).toString()))
          .contains("SUCCESS");
    }
  }

  /** Runs it; it must succeed. */
  private static String promtool(String input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var to = process.getOutputStream()) {
      to.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  @Test
  void theAddressChangesWhileMounted() throws Exception {
    String before = option("metrics");
    assertThat(before).startsWith("127.0.0.1:").isNotEqualTo("127.0.0.1:0");
    String everywhere = before.replace("127.0.0.1", "0.0.0.0");
    cli.run("set", cli.mountPoint(), "metrics=" + everywhere).ok();
    assertThat(option("metrics")).isEqualTo(everywhere);
    assertThat(get("/metrics")).contains("zonefsj_errors_total");
    // What cannot be had leaves what was there.
    String port = before.substring(before.indexOf(':'));
    assertThat(cli.run("set", cli.mountPoint(), "metrics=192.0.2.1" + port).failure(1))
        .contains("metrics=192.0.2.1" + port);
    assertThat(option("metrics")).isEqualTo(everywhere);
    assertThat(get("/metrics")).contains("zonefsj_errors_total");
    Path socket = cli.path("m.sock");
    cli.run("set", cli.mountPoint(), "metrics=unix:" + socket).ok();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .startsWith("rw")
        .endsWith("------");
    assertThat(option("metrics")).isEqualTo("unix:" + socket);
    assertThat(
            cli.run("set", cli.mountPoint(), "metrics=unix:" + cli.mountPoint().resolve("s"))
                .failure(1))
        .contains("cannot be on the filesystem that needs it");
    Path open = Files.createDirectory(cli.path("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(cli.run("set", cli.mountPoint(), "metrics=unix:" + open.resolve("s")).failure(1))
        .contains(open.toString());
    assertThat(option("metrics")).isEqualTo("unix:" + socket);
    assertThat(cli.run("set", cli.mountPoint(), "metrics=192.0.2.1:9800").failure(1))
        .contains("metrics=192.0.2.1:9800");
    assertThat(socket).exists();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,metrics=off").ok();
    assertThat(socket).doesNotExist();
    assertThat(option("metrics")).isEqualTo("off");
  }

  /** A port that somebody else has keeps nobody from the data. */
  @Test
  void metricsThatCannotBeServedDoNotKeepFromMounting() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String taken = "127.0.0.1:" + other.getLocalPort();
      cli.run("mount", cli.image(), cli.mountPoint(), "-o", "metrics=" + taken).ok();
      assertThat(option("metrics")).isEqualTo(taken);
      assertThat(status())
          .containsPattern("(?m)^metrics +not served since 20.*: metrics=" + taken + " .*in use$");
      assertThat(cli.run("set", cli.mountPoint(), "metrics=" + taken).failure(1))
          .contains("in use");
      assertThat(option("metrics")).isEqualTo(taken);
    }
    // The same value again waits for nothing.
    cli.run("set", cli.mountPoint(), "metrics=" + option("metrics")).ok();
    assertThat(get("/metrics")).contains("zonefsj_errors_total");
    assertThat(status()).doesNotContainPattern("(?m)^metrics ");
  }

  private String status() throws IOException, InterruptedException {
    return cli.run("status", cli.mountPoint()).ok().out();
  }

  @Test
  void whatComesToBeFreeIsServed() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String taken = "127.0.0.1:" + other.getLocalPort();
      cli.run("mount", cli.image(), cli.mountPoint(), "-o", "metrics=" + taken).ok();
    }
    for (int poll = 0; poll < 300 && !isServed(); poll++) {
      Thread.sleep(100);
    }
    assertThat(get("/metrics")).contains("zonefsj_errors_total");
  }

  /** Any user of the host can open more connections than the daemon takes, and close them. */
  @Test
  void connectionsOfOthersDoNotEndTheMetrics() throws Exception {
    URI at = URI.create("http://" + option("metrics"));
    InetSocketAddress address = new InetSocketAddress(at.getHost(), at.getPort());
    for (int round = 0; round < 500; round++) {
      List<SocketChannel> crowd = new ArrayList<>();
      try {
        for (int one = 0; one < 20; one++) {
          SocketChannel channel = SocketChannel.open();
          crowd.add(channel);
          channel.configureBlocking(false);
          channel.connect(address);
        }
      } finally {
        for (SocketChannel channel : crowd) {
          channel.close();
        }
      }
    }
    for (int poll = 0; poll < 300 && !isServed(); poll++) {
      Thread.sleep(100);
    }
    assertThat(get("/metrics")).contains("zonefsj_errors_total");
    assertThat(log()).doesNotContain("the listener has ended");
  }

  /** Clients cannot reach a socket whose file is gone. */
  @Test
  void aListenerThatHasEndedIsOpenedAgain() throws Exception {
    Path socket = cli.path("m.sock");
    cli.run("set", cli.mountPoint(), "metrics=unix:" + socket).ok();
    Files.delete(socket);
    cli.run("set", cli.mountPoint(), "metrics=unix:" + socket).ok();
    assertThat(socket).exists();
    Files.delete(socket);
    for (int poll = 0; poll < 600 && !Files.exists(socket); poll++) {
      Thread.sleep(100);
    }
    assertThat(socket).exists();
    // What takes its place is not removed; status says what is there.
    Files.delete(socket);
    Files.createFile(socket);
    for (int poll = 0; poll < 600 && !status().contains("is no socket"); poll++) {
      Thread.sleep(100);
    }
    assertThat(status())
        .containsPattern("(?m)^metrics +not served since 20.*: metrics=unix:" + socket);
    assertThat(log()).contains("the listener has ended");
    Files.delete(socket);
    cli.run("set", cli.mountPoint(), "metrics=unix:" + socket).ok();
    assertThat(status()).doesNotContainPattern("(?m)^metrics ");
  }

  private boolean isServed() throws IOException, InterruptedException {
    try {
      return get("/metrics").contains("zonefsj_errors_total");
    } catch (IOException notYet) {
      return false;
    }
  }

  /** A file that is open for writing keeps the kernel from turning the mount read-only. */
  @Test
  void whatTheKernelRefusesLeavesAllOptionsAsTheyWere() throws Exception {
    try (FileChannel writer =
        FileChannel.open(
            cli.mountPoint().resolve("open"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      writer.write(ByteBuffer.allocate(1));
      cli.run("set", cli.mountPoint(), "ro", "commit=1", "noatime", "gc_start=30").failure(1);
      assertThat(option("commit")).isEqualTo("5");
      assertThat(option("relatime")).isEmpty();
      assertThat(option("gc_start")).isEqualTo("auto");
      assertThat(option("rw")).isEmpty();
      writer.write(ByteBuffer.allocate(1));
    }
  }

  @Test
  void optionsOfTheVolumeChangeWhileMounted() throws Exception {
    cli.run(
            "set",
            cli.mountPoint(),
            "commit=0.5",
            "dirty=8M",
            "errors=continue",
            "noatime",
            "gc_rate=5M",
            "nodev")
        .ok();
    assertThat(option("commit")).isEqualTo("0.5");
    assertThat(option("dirty")).isEqualTo("8M");
    assertThat(option("errors")).isEqualTo("continue");
    assertThat(option("noatime")).isEmpty();
    String options = cli.run("options", cli.mountPoint()).ok().out();
    assertThat(options)
        .containsPattern("(?m)^commit=SECONDS +5 +0.5 +yes ")
        .containsPattern("(?m)^relatime +on +off +yes ")
        .containsPattern("(?m)^nodev +off +on +yes ");
    // The timer obeys: nobody calls for a commit.
    long commits = commits();
    Files.write(cli.mountPoint().resolve("g"), new byte[100]);
    for (int poll = 0; poll < 40 && commits() == commits; poll++) {
      Thread.sleep(100);
    }
    assertThat(commits()).isGreaterThan(commits);
    assertThat(cli.run("set", cli.mountPoint(), "commit=2", "dirty=900G").failure(1))
        .contains("dirty=900G needs more memory than this mount was started with");
    assertThat(option("commit")).as("all or none").isEqualTo("0.5");
  }

  private long commits() throws IOException, InterruptedException {
    return statusJson().whole("commits");
  }

  @Test
  void topPrintsBlocksWhereThereIsNoTerminal() throws Exception {
    work();
    String out = cli.run("top", cli.mountPoint(), "--interval", "0.1", "--count", "2").ok().out();
    assertThat(out.lines().filter(line -> line.startsWith("zonefs-j top: "))).hasSize(2);
    assertThat(out)
        .contains(cli.image() + " on " + cli.mountPoint())
        .containsPattern("(?m)^fsync +\\d+ ")
        .contains("errors     none");
  }
}
