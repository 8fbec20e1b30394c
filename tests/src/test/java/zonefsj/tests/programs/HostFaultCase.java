// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One step while the host is in one trouble. It ends in time and in words that blame no drive; and
 * when the trouble is over, everything is there that was acknowledged.
 */
final class HostFaultCase implements AutoCloseable {
  /** For each command. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Duration END_LIMIT = Duration.ofSeconds(20);

  /** Longer than commands take the clock from before. */
  private static final Duration CLOCK_CACHE = Duration.ofMillis(1500);

  private static final int KILLED = 128 + 9;

  private static final int FILES = 20_000;
  private static final int FSCK_UNCORRECTED = 4;

  private final HostFault trouble;
  private final HostStep step;
  private final Sandbox sandbox = new Sandbox(false);
  private String before = "";
  private String said = "";
  private boolean succeeded;
  private boolean hostIsMounted;
  private @Nullable MemoryGroup memory;

  HostFaultCase(HostFault trouble, HostStep step) {
    this.trouble = trouble;
    this.step = step;
  }

  /** A filesystem of the host, for the index, logs or temporary files. */
  Path host() {
    return sandbox.home().resolve("host");
  }

  Path filler() {
    return host().resolve("filler");
  }

  /** An index where nothing is wrong. */
  Path ownIndex() {
    return sandbox.index();
  }

  /** The control group of the commands. */
  MemoryGroup memory() {
    return Objects.requireNonNull(memory, "run");
  }

  /** What the clock of the commands is set by. */
  Path clock() {
    return sandbox.home().resolve("clock");
  }

  /** Sets the clock of the commands back by a day; it answers when they see it. */
  void setClockBack() throws IOException, InterruptedException {
    Files.writeString(clock(), "-1d");
    Thread.sleep(CLOCK_CACHE.toMillis());
    try (Child child =
        Child.start(
            sandbox.home(),
            sandbox.home().resolve("out"),
            trouble.environment(this),
            List.of("date", "+%s"))) {
      long seconds = Long.parseLong(child.await(LIMIT).orFail().strip());
      assertThat(Instant.ofEpochSecond(seconds))
          .isBefore(Instant.now().minus(Duration.ofHours(23)));
    }
  }

  /** Runs; answers what was said. */
  String run() throws Exception {
    sandbox.open();
    mountHost();
    memory = new MemoryGroup("zonefs-j-" + sandbox.home().getFileName());
    prepare();
    boolean live = step == HostStep.LIVE || step == HostStep.UMOUNT || trouble == HostFault.STOPPED;
    boolean mountedBefore = live && step != HostStep.MKFS;
    if (mountedBefore) {
      command("mount.fuse.zonefs-j", mountArguments()).orFail();
    }
    if (step == HostStep.UMOUNT) {
      sandbox.run(List.of("cp", "-r", sandbox.keep().resolve("tree").toString(), copy())).orFail();
    }
    if (step == HostStep.LIVE) {
      Files.createDirectory(filled());
      sandbox.run(List.of("sync", "--file-system", filled().toString())).orFail();
    }
    trouble.begin(this);
    int acknowledged = 0;
    try {
      if (step == HostStep.LIVE) {
        acknowledged = write();
      } else {
        judge(act());
      }
    } finally {
      trouble.end(this);
    }
    if (sandbox.isMounted()) {
      note(command("zonefs-j", List.of("umount", sandbox.mountPoint().toString())));
    }
    assertThat(sandbox.isMounted()).as("it is still mounted: %s", said).isFalse();
    // A daemon whose mount command was killed finds that out and ends.
    sandbox.awaitEndOfDaemons(END_LIMIT);
    assertThat(sandbox.daemons()).as("daemons that are left: %s", said).isEmpty();
    verify(acknowledged);
    return said.isBlank() ? "done" : said.strip();
  }

  private String python(String program, String... arguments)
      throws IOException, InterruptedException {
    try (Child child = sandbox.start(sandbox.home(), sandbox.pythonCommand(program, arguments))) {
      return child.await(Sandbox.WORK_TIMEOUT).orFail();
    }
  }

  private Path filled() {
    return sandbox.mountPoint().resolve("filled");
  }

  /** Another drive to format: what is on the first is to stay. */
  private Path fresh() {
    return (trouble == HostFault.IMAGE_FULL ? host() : sandbox.home()).resolve("fresh.img");
  }

  private String copy() {
    return sandbox.mountPoint().resolve("copy").toString();
  }

  private void prepare() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    python("tree.py", sandbox.mountPoint().resolve("tree").toString(), "11");
    sandbox
        .run(
            List.of(
                "cp", "-r", sandbox.mountPoint().resolve("tree").toString(), "" + sandbox.keep()))
        .orFail();
    before = manifest();
    sandbox.umount();
    sandbox.zonefsj("create", fresh().toString(), "--size", "256M").orFail();
    if (trouble == HostFault.IMAGE_FULL) {
      Path moved = host().resolve("moved.img");
      sandbox
          .run(List.of("cp", "--sparse=always", sandbox.image().toString(), moved.toString()))
          .orFail();
      Files.delete(sandbox.image());
      Files.createSymbolicLink(sandbox.image(), moved);
    }
    if (step == HostStep.REPAIR && trouble != HostFault.STOPPED) {
      sandbox.zonefsj("zone", "reset", "--force", sandbox.image().toString(), "0", "1").orFail();
    }
  }

  private String manifest() throws Exception {
    return python("manifest.py", sandbox.mountPoint().resolve("tree").toString(), "--holes");
  }

  private List<String> mountArguments() {
    return List.of(
        sandbox.image().toString(),
        sandbox.mountPoint().toString(),
        "-o",
        "rw,commit=2,meta=" + trouble.index(this));
  }

  private Child.Result act() throws Exception {
    String image = sandbox.image().toString();
    return switch (step) {
      case MKFS -> command("zonefs-j", List.of("mkfs", fresh().toString()));
      case MOUNT, LIVE -> command("mount.fuse.zonefs-j", mountArguments());
      case UMOUNT -> command("umount.fuse.zonefs-j", List.of(sandbox.mountPoint().toString()));
      case FSCK -> command("zonefs-j", List.of("fsck", "--data", image));
      case REPAIR -> command("zonefs-j", List.of("fsck", "--repair", image));
      case TUNE -> command("zonefs-j", List.of("tune", "--label", "other", image));
    };
  }

  private void judge(Child.Result result) {
    note(result);
    boolean good = result.exitCode() == 0 || (step == HostStep.REPAIR && result.exitCode() == 1);
    if (trouble.isHarmless(step)) {
      assertThat(good).as(result.toString()).isTrue();
    }
    succeeded = good;
    // The shell that starts a command says that it was killed.
    if (!good && result.exitCode() != KILLED) {
      assertThat(result.errors()).as("why not: %s", result).isNotBlank();
    }
    if (step == HostStep.FSCK || step == HostStep.REPAIR) {
      assertThat(result.exitCode() & FSCK_UNCORRECTED).as(result.toString()).isZero();
    }
  }

  private void note(Child.Result result) {
    assertThat(result.output() + result.errors())
        .as(result.toString())
        .doesNotContain("internal error", "\tat ", "is damaged", "--salvage");
    said = said + result.errors().replaceAll("\\s+", " ");
  }

  /** Writes files until one is refused; each that is counted was acknowledged by fsync. */
  private int write() throws Exception {
    String made = python("fill.py", filled().toString(), Integer.toString(FILES)).strip();
    if (trouble == HostFault.IMAGE_FULL) {
      assertThat(made).isNotEqualTo(Integer.toString(FILES));
    }
    if (!made.equals(Integer.toString(FILES))) {
      assertThat(trouble.isHarmless(step)).as("refused after %s files", made).isFalse();
      said = said + "refused after " + made + " files; ";
      if (!trouble.kills()) {
        String status =
            command("zonefs-j", List.of("status", sandbox.mountPoint().toString())).orFail();
        assertThat(status).containsPattern(trouble.reason());
      }
    }
    return Integer.parseInt(made);
  }

  /** Whatever became of the index: by the drive alone. */
  private void verify(int acknowledged) throws Exception {
    Child.Result check = sandbox.zonefsj("fsck", "--data", sandbox.image().toString());
    if (step == HostStep.REPAIR && check.exitCode() == FSCK_UNCORRECTED) {
      sandbox.zonefsj("fsck", "--repair", sandbox.image().toString());
      check = sandbox.zonefsj("fsck", "--data", sandbox.image().toString());
    }
    assertThat(check.exitCode()).as(check.toString()).isZero();
    sandbox.tryMount(sandbox.image(), sandbox.mountPoint(), sandbox.home().resolve("new")).orFail();
    assertThat(manifest()).isEqualTo(before);
    if (step == HostStep.LIVE) {
      String there = python("fill.py", filled().toString(), "verify").strip();
      assertThat(Integer.parseInt(there)).as("files").isGreaterThanOrEqualTo(acknowledged);
    }
    if (step == HostStep.UMOUNT && mustHaveTheCopy()) {
      String differences =
          sandbox
              .run(
                  List.of(
                      "rsync",
                      "-rlnci",
                      "--delete",
                      sandbox.keep().resolve("tree") + "/",
                      copy() + "/"))
              .orFail();
      assertThat(differences.lines().filter(line -> line.startsWith(">") || line.startsWith("*")))
          .isEmpty();
    }
    sandbox.umount();
  }

  /** Whether an unmount must have written what was copied. */
  private boolean mustHaveTheCopy() {
    return !trouble.kills() && (succeeded || trouble != HostFault.IMAGE_FULL);
  }

  private Child.Result command(String script, List<String> arguments)
      throws IOException, InterruptedException {
    Map<String, String> environment = new HashMap<>(sandbox.environment());
    environment.putAll(trouble.environment(this));
    List<String> command =
        new ArrayList<>(List.of(sandbox.installation().script(script).toString()));
    command.addAll(arguments);
    try (Child child =
        Child.start(
            sandbox.home(),
            sandbox.home().resolve("out"),
            environment,
            trouble.wrapped(this, command))) {
      return child.await(LIMIT);
    }
  }

  private void mountHost() throws IOException, InterruptedException {
    Files.createDirectory(host());
    if (trouble == HostFault.INDEX_FAILS) {
      Path image = sandbox.home().resolve("host.img");
      sandbox.zonefsj("create", image.toString(), "--size", "512M").orFail();
      sandbox.zonefsj("mkfs", image.toString()).orFail();
      sandbox.tryMount(image, host(), sandbox.home().resolve("host-index")).orFail();
    } else {
      // Small, so that an index fills it; a drive needs more.
      String options = "mode=755,size=" + (trouble == HostFault.IMAGE_FULL ? "160M" : "28M");
      sandbox
          .run(List.of("mount", "-t", "tmpfs", "-o", options, "none", host().toString()))
          .orFail();
    }
    hostIsMounted = true;
  }

  void fill() throws IOException, InterruptedException {
    sandbox.run(List.of("sh", "-c", "cat /dev/zero > " + filler() + " || true")).orFail();
  }

  /** Lets a live mount write some files before the host's disk is full. */
  void leaveRoomToBegin() throws IOException, InterruptedException {
    if (step == HostStep.LIVE) {
      sandbox.run(List.of("truncate", "--size=-4M", filler().toString())).orFail();
    }
  }

  void remountHost(String option) throws IOException, InterruptedException {
    // By its own options: a file that is open for writing forbids a read-only superblock.
    String how = option.equals("ro") || option.equals("rw") ? "remount,bind," : "remount,";
    sandbox.run(List.of("mount", "-o", how + option, host().toString())).orFail();
  }

  /** Kills the daemon of the host's filesystem. */
  void killHost() {
    ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(host() + ""))
        .filter(process -> process.info().commandLine().orElse("").contains("host.img"))
        .forEach(ProcessHandle::destroyForcibly);
  }

  /** Sends a signal to the daemon. */
  void signal(String name) throws IOException, InterruptedException {
    for (ProcessHandle daemon : sandbox.daemons()) {
      sandbox.run(List.of("kill", "-" + name, Long.toString(daemon.pid()))).orFail();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (memory != null) {
        memory.close();
      }
      if (hostIsMounted) {
        sandbox.run(List.of("umount", "-i", "-l", host().toString()));
      }
      if (trouble == HostFault.INDEX_FAILS) {
        killHost();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sandbox.end();
    }
  }
}
