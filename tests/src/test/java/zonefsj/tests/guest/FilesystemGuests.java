package zonefsj.tests.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The whole filesystem on real drives: guests, each with its drives and a script, or the model
 * test, in it. The scripts are resources of this package.
 */
final class FilesystemGuests {
  private static final int KILLS = 50;
  private static final int POWER_CUTS = 5;
  private static final int MODEL_SEQUENCES = 60;
  private static final int FILES = 5000;
  private static final int PEER_FILES = 5000;

  /** How many times the drive is overwritten. */
  private static final int TIMES = 3;

  private static final int LEAST_ACTIVE_ZONES = 7;
  private static final int TIMEOUT_SECONDS = 3000;
  private static final String NVME = "size=512M,zone=16M,capacity=12M,open=8,active=12";
  private static final String SMR = "size=512M,zone=16M,capacity=12M,open=8,conventional=2";

  /**
   * One guest.
   *
   * @param name what is proven in it
   * @param options of {@code tests/guest}
   * @param command in the guest
   */
  private record Run(String name, List<String> options, List<String> command) {}

  private FilesystemGuests() {}

  /**
   * Runs guest after guest; their words go to {@code out} as they come.
   *
   * @param seed of the model's sequences
   * @param named only those whose name begins so; empty for all
   */
  static GuestProof.Summary run(long seed, String named, PrintStream out)
      throws IOException, InterruptedException {
    Path share = Files.createTempDirectory("zonefs-j-share");
    long tried = 0;
    long failed = 0;
    try {
      for (Run run : runs(seed, share)) {
        if (!run.name().startsWith(named)) {
          continue;
        }
        long begin = System.nanoTime();
        out.println("guest: " + run.name());
        int status = start(run, share, out);
        tried++;
        failed += status == 0 ? 0 : 1;
        out.printf(
            "guest: %s %s, %d s%n",
            run.name(),
            status == 0 ? "passed" : "FAILED with status " + status,
            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin));
      }
    } finally {
      delete(share);
    }
    return new GuestProof.Summary(tried, failed);
  }

  private static List<Run> runs(long seed, Path share) {
    List<String> nvme = List.of("--nvme", NVME);
    List<String> smr = List.of("--scsi-debug", SMR);
    List<Run> runs = new ArrayList<>();
    runs.add(script("volume-nvme", nvme, "volume.sh", "/dev/nvme0n1", FILES, TIMES));
    runs.add(script("volume-smr", smr, "volume.sh", "/dev/sda", FILES, TIMES));
    runs.add(
        script(
            "power-cuts",
            List.of("--nvme", NVME, "--reboots", "" + POWER_CUTS, "--share", share.toString()),
            "reboots.sh",
            "/dev/nvme0n1",
            POWER_CUTS));
    runs.add(script("kills", nvme, "kills.sh", "/dev/nvme0n1", KILLS));
    runs.add(
        script(
            "dying",
            List.of("--null-blk", "size=512M,zone=16M,capacity=12M,open=8,active=12"),
            "dying.sh",
            "nullb0"));
    runs.add(limits());
    runs.add(model("model-nvme", seed, "/dev/nvme0n1", "--nvme", "capacity=1536K,active=12"));
    runs.add(model("model-smr", seed, "/dev/sda", "--scsi-debug", "capacity=1M"));
    runs.add(
        script(
            "peers",
            List.of("--nvme", NVME, "--null-blk", "size=512M"),
            "peers.sh",
            "/dev/nvme0n1",
            "/dev/nullb0",
            PEER_FILES));
    return runs;
  }

  private static Run limits() {
    List<String> options = new ArrayList<>();
    List<Object> arguments = new ArrayList<>();
    for (int active = 1; active <= LEAST_ACTIVE_ZONES; active++) {
      options.add("--null-blk");
      options.add("size=128M,zone=4M,capacity=3M,open=" + active + ",active=" + active);
      arguments.add("nullb" + (active - 1));
    }
    options.addAll(List.of("--null-blk", "size=128M,zone=4M,conventional=3"));
    arguments.add("nullb" + LEAST_ACTIVE_ZONES);
    options.addAll(List.of("--null-blk", "size=128M"));
    arguments.add("nullb" + (LEAST_ACTIVE_ZONES + 1));
    return script("limits", options, "limits.sh", arguments.toArray());
  }

  private static Run model(String name, long seed, String drive, String kind, String limits) {
    List<String> command = new ArrayList<>(GuestCommand.java("-Dzonefsj.model.drive=" + drive));
    command.addAll(List.of("zonefsj.tests.Prove", "model", "--seed", Long.toString(seed)));
    command.addAll(List.of("--count", Integer.toString(MODEL_SEQUENCES)));
    return new Run(name, List.of(kind, "size=128M,zone=2M,open=8," + limits), command);
  }

  private static Run script(String name, List<String> options, String script, Object... arguments) {
    Path scripts = GuestCommand.root().resolve("tests/src/test/resources/zonefsj/tests/guest");
    List<String> command = new ArrayList<>(List.of("bash", scripts.resolve(script).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new Run(name, options, command);
  }

  private static int start(Run run, Path share, PrintStream out)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(GuestCommand.root().resolve("tests/guest").toString());
    command.addAll(List.of("--timeout", "" + TIMEOUT_SECONDS, "--memory", "1536"));
    command.addAll(run.options());
    command.add("--");
    command.addAll(run.command());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("ZONEFSJ_ROOT", GuestCommand.root().toString());
    builder.environment().put("ZONEFSJ_SHARE", share.toString());
    Process guest = builder.start();
    // The script ends its guest when it is ended.
    Thread end = new Thread(guest::destroy, "ends the guest");
    Runtime.getRuntime().addShutdownHook(end);
    guest.getOutputStream().close();
    try (BufferedReader words = guest.inputReader(StandardCharsets.UTF_8)) {
      for (String line = words.readLine(); line != null; line = words.readLine()) {
        out.println("  " + line);
      }
    }
    int status = guest.waitFor();
    Runtime.getRuntime().removeShutdownHook(end);
    return status;
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }
        });
    Files.delete(directory);
  }
}
