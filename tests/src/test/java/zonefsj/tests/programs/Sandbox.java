// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import zonefsj.tests.HostTrees;

/**
 * One drive with its mount, index, log and daemon, below a temporary directory. For one test, or,
 * as a static extension, for all of a class.
 */
final class Sandbox
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
  static final Duration WORK_TIMEOUT = Duration.ofMinutes(3);

  /** The drive of the issue. */
  private static final List<String> GEOMETRY =
      List.of("--zone-size=16M", "--zone-capacity=12M", "--max-open=8", "--max-active=10");

  private static final String SIZE = "2G";
  private static final long POLL_MILLIS = 100;

  private final boolean mounted;
  private boolean shared;
  private Path home = Path.of("");
  private Installation installation = new Installation(home, home);
  private int directories;
  private Path directory = home;

  /** SPEC of the drive; empty: the image. */
  private String spec = "";

  /**
   * A new drive.
   *
   * @param mounted it is formatted and mounted before the test
   */
  Sandbox(boolean mounted) {
    this.mounted = mounted;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    shared = true;
    open();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    if (!shared) {
      open();
    }
    directory = mountPoint();
    if (mounted) {
      directory = Files.createDirectory(mountPoint().resolve("t" + ++directories));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (!shared) {
      close();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    close();
  }

  /** Makes the drive. */
  void open() throws IOException, InterruptedException {
    // Short: the control socket lies below it, and its name has 108 bytes.
    home = Files.createTempDirectory("zj").toRealPath();
    installation = Installation.in(home.resolve("lib"));
    for (String part : List.of("mnt", "out", "keep")) {
      Files.createDirectory(home.resolve(part));
    }
    if (mounted) {
      createDrive();
      mount();
    }
  }

  /** Ends the mount and the daemon, in order if they still answer, else by force. */
  void close() throws IOException, InterruptedException {
    try {
      Child.Result ended = null;
      if (isMounted()) {
        ended = zonefsj("umount", mountPoint().toString());
      }
      List<ProcessHandle> left = daemons();
      if (ended != null && ended.exitCode() != 0) {
        throw new AssertionError("the mount does not end: " + ended);
      }
      assertThat(left).as("daemons that are left; the unmount: %s", ended).isEmpty();
    } finally {
      daemons().forEach(ProcessHandle::destroyForcibly);
      while (isMounted()) {
        run(List.of("umount", "-i", "-l", mountPoint().toString())).orFail();
      }
      HostTrees.delete(home);
    }
  }

  /** {@link #close} for a resource of a {@code try}. */
  void end() throws IOException {
    try {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while ending").initCause(e);
    }
  }

  Path home() {
    return home;
  }

  Installation installation() {
    return installation;
  }

  Path image() {
    return home.resolve("d.img");
  }

  Path mountPoint() {
    return home.resolve("mnt");
  }

  Path index() {
    return home.resolve("index");
  }

  /** Outside of the mount: what the tests compare with. */
  Path keep() {
    return home.resolve("keep");
  }

  /** Of the running test, on the mount. */
  Path directory() {
    return directory;
  }

  /** The image, formatted. */
  void createDrive() throws IOException, InterruptedException {
    createImage(image(), SIZE);
    zonefsj("mkfs", drive()).orFail();
  }

  /** A mirror of images in the place of the image, formatted. */
  void createMirror(List<Path> members, String size) throws IOException, InterruptedException {
    for (Path member : members) {
      createImage(member, size);
    }
    spec = members.stream().map(Path::toString).collect(Collectors.joining(",", "mirror(", ")"));
    zonefsj("mkfs", drive()).orFail();
  }

  /** From now on this drive in the place of the image. */
  void use(String drive) {
    spec = drive;
  }

  /** An image without a filesystem. */
  void createImage(Path path, String size) throws IOException, InterruptedException {
    List<String> create = new ArrayList<>(List.of("create", path.toString(), "--size=" + size));
    create.addAll(GEOMETRY);
    zonefsj(create.toArray(String[]::new)).orFail();
  }

  /** SPEC of the drive. */
  String drive() {
    return spec.isEmpty() ? image().toString() : spec;
  }

  /** Mounts as mount(8) does: by its helper. */
  void mount() throws IOException, InterruptedException {
    tryMount(drive(), mountPoint(), index(), "").orFail();
  }

  /** Mounts with another option. */
  void mount(String option) throws IOException, InterruptedException {
    tryMount(drive(), mountPoint(), index(), "," + option).orFail();
  }

  Child.Result tryMount(Path drive, Path where, Path index)
      throws IOException, InterruptedException {
    return tryMount(drive.toString(), where, index);
  }

  Child.Result tryMount(String drive, Path where, Path index)
      throws IOException, InterruptedException {
    return tryMount(drive, where, index, "");
  }

  private Child.Result tryMount(String drive, Path where, Path index, String more)
      throws IOException, InterruptedException {
    return run(
        List.of(
            installation.script("mount.fuse.zonefs-j").toString(),
            drive,
            where.toString(),
            "-o",
            "rw,meta=" + index + more));
  }

  /** Runs lines of Python in the root of the mount; {@code os} is imported. */
  Child.Result python(String lines) throws IOException, InterruptedException {
    String there = "import os; os.chdir('" + mountPoint() + "')\n";
    return run(List.of("python3", "-c", there + lines));
  }

  /** Unmounts as umount(8) does: by its helper. */
  void umount() throws IOException, InterruptedException {
    run(List.of(installation.script("umount.fuse.zonefs-j").toString(), mountPoint().toString()))
        .orFail();
    assertThat(isMounted()).isFalse();
    assertThat(daemons()).isEmpty();
  }

  /** Kills the daemon as a crash would; answers when it is gone. */
  void killDaemon() {
    for (ProcessHandle daemon : daemons()) {
      daemon.destroyForcibly();
      daemon.onExit().join();
    }
  }

  /** Expects that fsck finds nothing, every byte read. */
  void fsck() throws IOException, InterruptedException {
    Child.Result result = zonefsj("fsck", drive(), "--data");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.output()).startsWith("clean");
  }

  boolean isMounted() throws IOException {
    String point = " " + mountPoint() + " ";
    return Files.readString(Path.of("/proc/self/mounts")).contains(point);
  }

  /** Processes that serve this drive: only ours have its path among their arguments. */
  List<ProcessHandle> daemons() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(process -> isDaemon(process.pid())).toList();
    }
  }

  /** Waits until all have ended, or the time is over. */
  void awaitEndOfDaemons(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!daemons().isEmpty() && System.nanoTime() - deadline < 0) {
      Thread.sleep(50);
    }
  }

  private boolean isDaemon(long pid) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      List<String> words = Arrays.asList(line.split("\0", -1));
      return words.contains("mount") && words.contains(mountPoint().toString());
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  Child.Result zonefsj(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(installation.script("zonefs-j").toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** What {@code status} shows. */
  String status() throws IOException, InterruptedException {
    return zonefsj("status", mountPoint().toString()).orFail();
  }

  /**
   * Waits until a member of the mirror has this state.
   *
   * @param member what only its line of {@code status} holds: the path of an image, the port of a
   *     server
   */
  void awaitMember(Object member, String state) throws IOException, InterruptedException {
    Pattern wanted =
        Pattern.compile("(?m)^  .*" + Pattern.quote(member.toString()) + "\\b.* " + state);
    long deadline = System.nanoTime() + WORK_TIMEOUT.toNanos();
    String status = "";
    while (!wanted.matcher(status).find()) {
      assertThat(System.nanoTime()).as("%s is %s: %s", member, state, status).isLessThan(deadline);
      Thread.sleep(POLL_MILLIS);
      status = status();
    }
  }

  /** One number of {@code status --json}. */
  double status(String field) throws IOException, InterruptedException {
    String json = zonefsj("status", mountPoint().toString(), "--json").orFail();
    Matcher matcher = Pattern.compile("\"" + field + "\": ([0-9.E+-]+)").matcher(json);
    assertThat(matcher.find()).as(field + " in " + json).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  /** The daemon's log. */
  String log() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("log"))) {
      Optional<Path> log = files.filter(file -> file.toString().endsWith(".log")).findFirst();
      return Files.readString(log.orElseThrow());
    }
  }

  Child.Result run(List<String> command) throws IOException, InterruptedException {
    try (Child child = start(home, command)) {
      return child.await(COMMAND_TIMEOUT);
    }
  }

  Child start(Path where, List<String> command) throws IOException {
    return Child.start(where, home.resolve("out"), environment(), command);
  }

  /** Runs a script of bash in the directory of the test; answers what it printed. */
  String bash(String script) throws IOException, InterruptedException {
    return work(List.of("bash", "-c", "set -eu -o pipefail\n" + script));
  }

  /** Runs a program of the resources in the directory of the test; answers what it printed. */
  String python(String program, String... arguments) throws IOException, InterruptedException {
    return work(pythonCommand(program, arguments));
  }

  List<String> pythonCommand(String program, String... arguments) throws IOException {
    Path file = home.resolve(program);
    if (!Files.exists(file)) {
      try (InputStream source = Sandbox.class.getResourceAsStream(program)) {
        if (source == null) {
          throw new IOException("no such resource: " + program);
        }
        Files.copy(source, file);
      }
    }
    List<String> command = new ArrayList<>(List.of("python3", file.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private String work(List<String> command) throws IOException, InterruptedException {
    try (Child child = start(directory, command)) {
      return child.await(WORK_TIMEOUT).orFail();
    } catch (AssertionError e) {
      if (isMounted()) {
        e.addSuppressed(new AssertionError("the log of the daemon:\n" + log()));
      }
      throw e;
    }
  }

  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("ZONEFSJ_RUNTIME_DIR", home.resolve("run").toString());
    environment.put("ZONEFSJ_STATE_DIR", home.resolve("state").toString());
    environment.put("ZONEFSJ_LOG_DIR", home.resolve("log").toString());
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
    environment.put("GIT_AUTHOR_NAME", "A");
    environment.put("GIT_AUTHOR_EMAIL", "a@example.org");
    environment.put("GIT_COMMITTER_NAME", "A");
    environment.put("GIT_COMMITTER_EMAIL", "a@example.org");
    // The checkout may belong to somebody else.
    environment.put("GIT_CONFIG_COUNT", "1");
    environment.put("GIT_CONFIG_KEY_0", "safe.directory");
    environment.put("GIT_CONFIG_VALUE_0", "*");
    environment.put("KEEP", keep().toString());
    return environment;
  }
}
