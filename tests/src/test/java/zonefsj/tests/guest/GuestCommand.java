package zonefsj.tests.guest;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command that starts the guest with all drives and {@link GuestMain} in it. */
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
  private static final String MEMORY_MIB = "1536";

  private GuestCommand() {}

  static List<String> of(String form, long seed, long sequences, long timeoutSeconds) {
    List<String> command = new ArrayList<>();
    command.add(root().resolve("tests/guest").toString());
    command.addAll(List.of("--timeout", Long.toString(timeoutSeconds), "--memory", MEMORY_MIB));
    for (String drive : NVME) {
      command.addAll(List.of("--nvme", drive));
    }
    command.add("--");
    command.addAll(java());
    command.add(GuestMain.class.getName());
    command.addAll(List.of(form, Long.toString(seed), Long.toString(sequences)));
    return command;
  }

  /** Starts a class of the tests in the guest; its name and arguments follow. */
  static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    // What runs for a minute on one slow processor is not worth compiling twice.
    command.addAll(
        List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath()));
    return command;
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
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
