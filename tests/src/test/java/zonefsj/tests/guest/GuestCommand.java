// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import zonefsj.tests.fixture.ClassPaths;

/** Classes of the tests in a guest. */
final class GuestCommand {
  /**
   * The shapes that the tests ask {@link NvmeDrives} for; other makes are made inside the guest.
   */
  private static final List<String> NVME =
      List.of(
          "size=4M,zone=256K,capacity=192K,open=3,active=5",
          "size=10M,zone=256K",
          "size=2M,zone=256K,open=1",
          "size=512K,zone=32K,capacity=24K,open=3,active=5,block=512",
          "size=1280K,zone=32K,block=512",
          "size=256K,zone=32K,open=1,block=512",
          "size=96M,zone=2M,capacity=1536K,open=14,active=14");

  /** For two JVMs and the drives that are in memory. */
  static final String MEMORY_MIB = "1536";

  /**
   * So long a hang is waited for. All tests took 17 minutes alone on a slow machine, and more than
   * 40 beside many others.
   */
  private static final long TIMEOUT_SECONDS = 3000;

  private static final long SEQUENCE_SECONDS = 60;

  private GuestCommand() {}

  /** The guest with drives of all makes and {@link GuestMain} in it. */
  static GuestRun drives(String form, long seed, long sequences) {
    long timeoutSeconds = TIMEOUT_SECONDS + sequences * SEQUENCE_SECONDS;
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--timeout", Long.toString(timeoutSeconds), "--memory", MEMORY_MIB));
    for (String drive : NVME) {
      options.addAll(List.of("--nvme", drive));
    }
    List<String> command = new ArrayList<>(java());
    command.add(GuestMain.class.getName());
    command.addAll(List.of(form, Long.toString(seed), Long.toString(sequences)));
    return new GuestRun("drives", options, Map.of(), command);
  }

  /** Starts a class of the tests in the guest; its name and arguments follow. */
  static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    // What runs for a minute on one slow processor is not worth compiling twice.
    command.addAll(
        List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", ClassPaths.argument(ClassPaths.withoutServers())));
    return command;
  }

  /** A file of this package, where guests see it. */
  static String resource(String name) throws IOException {
    URL url = GuestCommand.class.getResource(name);
    if (url == null) {
      throw new IOException("no " + name + " beside " + GuestCommand.class);
    }
    try {
      return Path.of(url.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** The checkout. */
  static Path root() {
    Path root = Path.of(System.getProperty("zonefsj.root", "..")).toAbsolutePath().normalize();
    if (!Files.isExecutable(root.resolve("tests/guest"))) {
      throw new IllegalStateException("no tests/guest below " + root);
    }
    return root;
  }
}
