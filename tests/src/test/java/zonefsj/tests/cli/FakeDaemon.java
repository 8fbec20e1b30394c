// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import zonefsj.fs.cli.daemon.SocketReport;

/** A process that reports to the command that started it, but mounts nothing. */
public final class FakeDaemon {
  private FakeDaemon() {}

  /** Arguments: what to do, and the socket to report to. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments[0].equals("dies")) {
      System.err.println("first words");
      System.err.println("  last words  ");
      System.exit(3);
    }
    if (arguments[0].equals("never connects")) {
      Thread.sleep(60_000);
      System.exit(5);
    }
    SocketReport report = SocketReport.connect(Path.of(arguments[1]), () -> System.exit(9));
    for (int i = 1; i <= 3; i++) {
      report.progress("rebuilding", i, 3);
      Thread.sleep(300);
    }
    switch (arguments[0]) {
      case "mounts" -> report.ready();
      case "fails" -> report.failed("the drive is gone");
      case "fails in libfuse" -> {
        System.err.println("fusermount3: no such option");
        report.failed("the kernel refused");
      }
      case "dies while it works" -> Runtime.getRuntime().halt(4);
      default -> throw new IllegalArgumentException(List.of(arguments).toString());
    }
    report.close();
  }
}
