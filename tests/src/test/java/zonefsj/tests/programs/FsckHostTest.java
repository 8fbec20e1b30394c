// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A check that the host does not allow says so, and says nothing about the drive. */
final class FsckHostTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** The codes of fsck(8). */
  private static final int NOT_CHECKED = 8;

  private static final int WRONG_USAGE = 16;

  @RegisterExtension private final Sandbox sandbox = new Sandbox(false);

  private final List<Path> mounted = new ArrayList<>();

  @BeforeEach
  void makeADriveWithACheckpoint() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    sandbox.python("tree.py", sandbox.mountPoint().resolve("tree").toString(), "7");
    sandbox.umount();
  }

  @AfterEach
  void unmount() throws Exception {
    for (Path point : mounted) {
      sandbox.run(List.of("umount", "-l", point.toString())).orFail();
    }
  }

  private Path tmpfs(String options) throws Exception {
    Path point = Files.createDirectory(sandbox.home().resolve("tmpfs-" + mounted.size()));
    sandbox
        .run(List.of("mount", "-t", "tmpfs", "-o", "mode=755," + options, "none", "" + point))
        .orFail();
    mounted.add(point);
    return point;
  }

  private Child.Result fsck(Map<String, String> more, String... arguments) throws Exception {
    return command(more, "zonefs-j", Stream.concat(Stream.of("fsck"), Stream.of(arguments)));
  }

  private Child.Result helper(String... arguments) throws Exception {
    return command(Map.of(), "fsck.fuse.zonefs-j", Stream.of(arguments));
  }

  private Child.Result command(Map<String, String> more, String script, Stream<String> arguments)
      throws Exception {
    Map<String, String> environment = new HashMap<>(sandbox.environment());
    environment.putAll(more);
    List<String> command =
        Stream.concat(
                Stream.of(sandbox.installation().script(script).toString()),
                Stream.concat(arguments, Stream.of(sandbox.image().toString())))
            .toList();
    try (Child child =
        Child.start(sandbox.home(), sandbox.home().resolve("out"), environment, command)) {
      return child.await(TIMEOUT);
    }
  }

  private void assertNotChecked(Child.Result result, String... words) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(NOT_CHECKED);
    assertThat(result.errors())
        .contains(words)
        .doesNotContain("damage", "salvage", "internal error", "\tat ");
  }

  private String hashOfDrive() throws Exception {
    return sandbox.run(List.of("sha256sum", sandbox.image().toString())).orFail();
  }

  private void assertEmpty(Path directory) throws IOException {
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aFullScratchDirectoryIsNoDamage() throws Exception {
    String before = hashOfDrive();
    Path small = tmpfs("size=64k");
    // Too small for RocksDB's library alone, which lies beside the index.
    Path larger = tmpfs("size=1m");
    for (String mode : List.of("--data", "--repair", "--salvage")) {
      assertNotChecked(
          fsck(Map.of(), "--scratch", small.toString(), mode),
          small.toString(),
          "filesystem is full",
          "--scratch");
      assertNotChecked(
          fsck(Map.of("TMPDIR", larger.toString()), mode), larger.toString(), "--scratch");
    }
    assertEmpty(small);
    assertEmpty(larger);
    assertThat(hashOfDrive()).isEqualTo(before);
    Path enough = tmpfs("size=64m");
    assertThat(fsck(Map.of(), "--scratch", enough.toString()).orFail()).startsWith("clean");
    assertEmpty(enough);
  }

  @Test
  void anUnusableScratchDirectoryIsNoDamage() throws Exception {
    Path readOnly = tmpfs("ro");
    assertNotChecked(fsck(Map.of(), "--scratch", "" + readOnly), "" + readOnly, "--scratch");
    assertNotChecked(fsck(Map.of(), "--scratch", "absent"), "absent", "no such directory");
    assertNotChecked(fsck(Map.of("TMPDIR", "/absent")), "/absent");
    Path noexec = tmpfs("noexec");
    assertNotChecked(fsck(Map.of("TMPDIR", "" + noexec)), "" + noexec, "noexec");
    assertThat(fsck(Map.of(), "--scratch", "" + noexec).orFail())
        .as("the library is loaded from elsewhere")
        .startsWith("clean");
  }

  @Test
  void whatAKilledRunLeftIsTakenAwayByTheNext() throws Exception {
    Path scratch = Files.createDirectory(sandbox.home().resolve("scratch"));
    List<String> command =
        List.of(
            sandbox.installation().script("zonefs-j").toString(),
            "fsck",
            "--data",
            "--scratch",
            scratch.toString(),
            sandbox.image().toString());
    Path left = null;
    try (Child child =
        Child.start(
            sandbox.home(), sandbox.home().resolve("out"), sandbox.environment(), command)) {
      while (left == null && child.isAlive()) {
        left = first(scratch);
      }
      ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
      child.await(TIMEOUT);
    }
    assertThat(left).as("a directory of the run that was killed").isNotNull().exists();
    // Somebody else's, and one that is in use by nobody knows whom.
    Path others = Files.createDirectory(scratch.resolve("zonefs-j-scratch-others"));
    Files.createSymbolicLink(others.resolve("lock"), sandbox.image());
    assertThat(fsck(Map.of(), "--scratch", scratch.toString()).orFail()).startsWith("clean");
    assertThat(left).doesNotExist();
    assertThat(others).exists();
  }

  private static @Nullable Path first(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(made -> Files.exists(made.resolve("index"))).findFirst().orElse(null);
    }
  }

  @Test
  void javaThatDoesNotRunIsNoAnswer() throws Exception {
    assertNotChecked(fsck(Map.of("JAVA_HOME", "/nowhere")), "no java found");
    assertNotChecked(fsck(Map.of("ZONEFSJ_JAVA_OPTS", "-Xmx999t")), "java ended with exit code 1");
    assertNotChecked(
        fsck(Map.of("ZONEFSJ_JAVA_OPTS", "-XX:MaxDirectMemorySize=64k")),
        "memory of this process does not suffice");
    assertThat(fsck(Map.of("ZONEFSJ_JAVA_OPTS", "-Dzonefsj.any=thing")).orFail())
        .startsWith("clean");
  }

  /** Both versions of control groups, and a container that shows its own group as the first. */
  @Test
  void aControlGroupWithoutMemoryIsNoDamage() throws Exception {
    Path root = sandbox.home().resolve("cgroup");
    Path group = Files.createDirectories(root.resolve("a/b"));
    Path old = Files.createDirectories(root.resolve("memory/a"));
    String cache =
        """
        inactive_file 1048576
        active_file 524288
        slab_reclaimable 524288
        total_inactive_file 4096
        """;
    put(group, "memory.stat", cache);
    put(group, "memory.current", "31457280");
    put(group, "memory.max", "113246208");
    put(group, "memory.high", "max");
    put(group, "memory.swap.max", "0");
    put(root.resolve("a"), "memory.max", "max");
    put(root.resolve("a"), "memory.current", "999999999999");
    put(old, "memory.stat", cache);
    put(old, "memory.usage_in_bytes", "30408704");
    put(old, "memory.kmem.usage_in_bytes", "9437184");
    put(old, "memory.limit_in_bytes", "9223372036854771712");

    String unified = "0::/a/b\n";
    String legacy = "4:cpu,cpuacct:/a/b\n3:hugetlb,memory:/a\n0::/a/b\n";
    assertThat(fsckIn(root, unified).orFail()).as("78 + 2 MiB").startsWith("clean");
    assertThat(fsckIn(root, legacy).orFail()).as("no limit").startsWith("clean");
    assertThat(fsckIn(root, "0::/\n").orFail()).as("no such file").startsWith("clean");
    assertThat(fsckIn(root, "0::/../a\n").orFail()).as("somebody else's").startsWith("clean");

    put(group, "memory.high", "112197632");
    assertNotChecked(
        fsckIn(root, unified), "the control group /a/b leaves 79 MiB", "raise its limit");
    put(old, "memory.limit_in_bytes", "83886080");
    put(old, "memory.memsw.limit_in_bytes", "83886080");
    assertNotChecked(fsckIn(root, legacy), "the control group /a leaves 60 MiB");
    // The group of the host is not there, and the first one is that of the container.
    put(root, "memory.max", "20971520");
    put(root, "memory.current", "31457280");
    put(root, "memory.swap.max", "0");
    assertNotChecked(fsckIn(root, "0::/of/the/host\n"), "the control group / leaves 0 MiB");
  }

  private static void put(Path directory, String file, String words) throws IOException {
    Files.writeString(directory.resolve(file), words + "\n");
  }

  /** Runs {@code fsck} where {@code root} and {@code groups} say which limits there are. */
  private Child.Result fsckIn(Path root, String groups) throws Exception {
    Path membership = Files.writeString(sandbox.home().resolve("groups"), groups);
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount --bind \"$1\" /sys/fs/cgroup && mount --bind \"$2\" /proc/$$/cgroup && shift 2"
                + " && exec \"$@\"",
            "sh",
            root.toString(),
            membership.toString(),
            sandbox.installation().script("zonefs-j").toString(),
            "fsck",
            sandbox.image().toString());
    try (Child child =
        Child.start(
            sandbox.home(), sandbox.home().resolve("out"), sandbox.environment(), command)) {
      return child.await(TIMEOUT);
    }
  }

  @Test
  void theHelperDoesAsFsckAsks() throws Exception {
    for (String asked : List.of("-n", "-a", "-p", "-y", "-r", "-f", "-C0")) {
      assertThat(helper(asked).orFail()).as(asked).startsWith("clean");
    }
    assertThat(helper("-z").exitCode()).isEqualTo(WRONG_USAGE);
    assertThat(helper("two").exitCode()).isEqualTo(WRONG_USAGE);
    // A slip of the hand.
    sandbox.zonefsj("zone", "reset", "--force", sandbox.image().toString(), "0", "1").orFail();
    for (String asked : List.of("-n", "-a", "-p")) {
      assertThat(helper(asked).exitCode()).as(asked).isEqualTo(4);
    }
    assertThat(helper("-y").exitCode()).isEqualTo(1);
    assertThat(helper("-n").exitCode()).isZero();
  }

  /** fsck(8) finds the helper in its PATH. */
  @Test
  void theSystemsFsckFindsTheHelper() throws Exception {
    Path fstab = sandbox.home().resolve("fstab");
    Files.writeString(fstab, sandbox.image() + " /nowhere fuse.zonefs-j defaults 0 2\n");
    Path bin = Files.createDirectory(sandbox.home().resolve("bin"));
    Path helper = bin.resolve("fsck.fuse.zonefs-j");
    Files.writeString(
        helper,
        "#!/bin/sh\nexec '" + sandbox.installation().script("fsck.fuse.zonefs-j") + "' \"$@\"\n");
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
    String said =
        sandbox
            .run(
                List.of(
                    "bash",
                    "-c",
                    "FSTAB_FILE="
                        + fstab
                        + " PATH="
                        + bin
                        + ":$PATH fsck -T -a "
                        + sandbox.image()))
            .orFail();
    assertThat(said).contains("clean");
  }
}
