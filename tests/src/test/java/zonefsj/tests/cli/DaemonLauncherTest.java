// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.fs.cli.control.ControlCodec;
import zonefsj.fs.cli.control.LineChannel;
import zonefsj.fs.cli.daemon.DaemonLauncher;
import zonefsj.fs.cli.daemon.SocketReport;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.terminal.Interruption;

/**
 * How a command and the daemon that it starts hear of each other, with a daemon that only talks.
 */
@Timeout(120)
final class DaemonLauncherTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private final List<String> heard = new ArrayList<>();

  private void start(String behaviour) throws IOException, InterruptedException {
    start(behaviour, Duration.ofMinutes(2));
  }

  private void start(String behaviour, Duration answerTimeout)
      throws IOException, InterruptedException {
    Directories directories =
        Directories.of(
            Directories.currentUid(),
            Map.of(
                "ZONEFSJ_RUNTIME_DIR", directory.resolve("run").toString(),
                "ZONEFSJ_LOG_DIR", directory.resolve("log").toString()));
    new DaemonLauncher(directories, FakeDaemon.class.getName(), new Interruption(), answerTimeout)
        .start(
            Path.of("/mnt/a b"),
            (socket, log) -> List.of(behaviour, socket.toString()),
            List.of("-Xmx64m"),
            Map.of(),
            new byte[0],
            (what, done, total) -> heard.add(what + " " + done + "/" + total));
  }

  @Test
  void aMountIsWaitedForWithItsProgress() throws Exception {
    start("mounts");
    assertThat(heard).containsExactly("rebuilding 1/3", "rebuilding 2/3", "rebuilding 3/3");
    assertThat(directory.resolve("run")).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fails|the drive is gone",
        "fails in libfuse|the kernel refused: fusermount3: no such option",
        "dies|the daemon ended before the mount was there: last words; see ",
        "dies while it works|the daemon ended before the mount was there; see "
      })
  void aFailureIsOneLine(String behaviour, String words) {
    assertThatThrownBy(() -> start(behaviour))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(words);
    assertThat(directory.resolve("run")).isEmptyDirectory();
    // What the process said by itself is at the end of the log; nothing said is no file.
    Path log = directory.resolve("log");
    assertThat(log)
        .satisfiesAnyOf(
            none -> assertThat(none).isEmptyDirectory(),
            one -> assertThat(one).isDirectoryContaining("glob:**.log"));
    assertThat(log).isDirectoryNotContaining("glob:**.out");
  }

  @Test
  void aDaemonThatNeverConnectsIsEnded() {
    assertThatThrownBy(() -> start("never connects", Duration.ofSeconds(2)))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("the daemon did not answer for 2 s and was ended; see ");
    assertThat(directory.resolve("run")).isEmptyDirectory();
  }

  @Test
  void aDaemonHearsThatTheCommandWasGivenUp() throws Exception {
    Path socket = directory.resolve("s.sock");
    CountDownLatch givenUp = new CountDownLatch(1);
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket));
      try (SocketReport report = SocketReport.connect(socket, givenUp::countDown)) {
        assertThat(socket).doesNotExist();
        listener.accept().close();
        assertThat(givenUp.await(30, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(report::ready).hasMessageContaining("given up");
        // Whoever fails then has nobody to tell.
        report.failed("too late");
      }
    }
  }

  @Test
  void aDaemonSaysThatItLivesAndRepeatsAnOldStep() throws Exception {
    Path socket = directory.resolve("s.sock");
    CountDownLatch givenUp = new CountDownLatch(1);
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket));
      try (SocketReport report = SocketReport.connect(socket, givenUp::countDown);
          LineChannel command = new LineChannel(listener.accept(), ControlCodec.MAX_LINE_BYTES)) {
        assertThat(command.readLine(Duration.ofSeconds(30))).contains("{\"alive\":true}");
        assertThat(newsOf(command))
            .isEqualTo("{\"progress\":\"starting\",\"done\":-1,\"total\":-1}");
        report.progress("rebuilding", 1, 3);
        assertThat(newsOf(command)).startsWith("{\"progress\":\"rebuilding\"");
        assertThat(newsOf(command)).startsWith("{\"progress\":\"rebuilding\"");
        report.ready();
        assertThat(command.readLine(Duration.ofSeconds(30)).orElseThrow()).startsWith("{\"done\"");
      }
    }
    assertThat(givenUp.getCount()).isEqualTo(1);
  }

  /** The next line that is no mere sign of life. */
  private static String newsOf(LineChannel command) throws IOException {
    while (true) {
      String line = command.readLine(Duration.ofSeconds(30)).orElseThrow();
      if (!line.equals("{\"alive\":true}")) {
        return line;
      }
    }
  }
}
