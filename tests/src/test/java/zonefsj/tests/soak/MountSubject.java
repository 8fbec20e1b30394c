// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.mounts.MountTable;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.daemon.DaemonMemory;
import zonefsj.fs.cli.options.MountOptionParser;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.tests.HostTrees;
import zonefsj.tests.programs.Child;
import zonefsj.tests.programs.Installation;

/** A real mount of an image file, made by the command, with the daemon that a user would get. */
final class MountSubject implements SoakSubject {
  /** An unmount writes what is dirty, and a mount after a crash reads the journal. */
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final Duration FSCK_TIMEOUT = Duration.ofMinutes(8);

  /** What Java and RocksDB take beside the heap and direct memory. */
  private static final long NATIVE_BYTES = 320L << 20;

  private static final long USUAL_HEAP_BYTES = 256L << 20;
  private static final long USUAL_DIRECT_BYTES = 512L << 20;

  private final Path home;
  private final Path mountPoint;
  private final SoakSettings settings;
  private final Installation installation;
  private final DaemonWatch daemon;
  private final DaemonMemory memory;
  private final MappedStores stores;

  /**
   * Formats and mounts.
   *
   * @param home an empty directory with a short name: the control socket lies below it
   */
  MountSubject(Path home, SoakShape shape, SoakSettings settings) throws IOException {
    this.home = home;
    this.settings = settings;
    mountPoint = Files.createDirectory(home.resolve("mnt"));
    Files.createDirectory(home.resolve("out"));
    installation = Installation.in(home.resolve("lib"));
    daemon = new DaemonWatch(mountPoint, home.resolve("log"));
    stores = new MappedStores(home);
    try {
      memory = DaemonMemory.of(MountOptionParser.parse(List.of(settings.mountOptions())), 0);
    } catch (zonefsj.fs.cli.options.UsageError e) {
      throw new IllegalArgumentException(e);
    }
    ImageFile.create(image(), shape.geometry());
    command(
        "mkfs", image().toString(), "--journal-copies", Integer.toString(shape.journalCopies()));
    mount();
  }

  private Path image() {
    return home.resolve("d.img");
  }

  private Path index() {
    return home.resolve("index");
  }

  private void mount() throws IOException {
    command(
        "mount",
        image().toString(),
        mountPoint.toString(),
        "-o",
        "meta=" + index() + "," + settings.mountOptions());
    daemon.find();
  }

  private String command(String... words) throws IOException {
    Child.Result result = run(TIMEOUT, words);
    if (result.exitCode() != 0) {
      throw new IOException(
          "zonefs-j "
              + String.join(" ", words)
              + " answered "
              + result.exitCode()
              + ": "
              + result.errors().strip()
              + "\n  "
              + daemon.lastWords());
    }
    return result.output();
  }

  private Child.Result run(Duration timeout, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(installation.script("zonefs-j").toString());
    command.addAll(List.of(words));
    try (Child child = Child.start(home, home.resolve("out"), environment(), command)) {
      return child.await(timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (AssertionError late) {
      throw new IOException(late.getMessage() + "\n" + threads(), late);
    }
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("ZONEFSJ_RUNTIME_DIR", home.resolve("run").toString());
    environment.put("ZONEFSJ_STATE_DIR", home.resolve("state").toString());
    environment.put("ZONEFSJ_LOG_DIR", home.resolve("log").toString());
    // What is set for this process is not meant for the daemon.
    environment.put(
        "ZONEFSJ_JAVA_OPTS",
        settings.leastHeap() ? "-Xmx" + ((memory.heapBytes() + (1 << 20) - 1) >> 20) + "m" : "");
    return environment;
  }

  private long memoryBoundBytes() {
    long heap =
        settings.leastHeap() ? memory.heapBytes() : Math.max(USUAL_HEAP_BYTES, memory.heapBytes());
    return heap
        + Math.max(USUAL_DIRECT_BYTES, memory.directBytes())
        + settings.cacheBytes() / 2
        + NATIVE_BYTES;
  }

  private Path path(String path) {
    return path.isEmpty() ? mountPoint : mountPoint.resolve(path);
  }

  private byte[] text(String path) {
    return (path(path) + "\0").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public SoakFile open(String path, Mode mode) throws ErrnoException, IOException {
    int flags =
        switch (mode) {
          case CREATE -> SystemCalls.O_RDWR | SystemCalls.O_CREAT | SystemCalls.O_EXCL;
          case UPDATE -> SystemCalls.O_RDWR;
          case TRUNCATE -> SystemCalls.O_RDWR | SystemCalls.O_TRUNC;
          case DIRECT -> SystemCalls.O_RDONLY | SystemCalls.O_DIRECT;
        };
    int fd =
        SystemCalls.openat(SystemCalls.AT_FDCWD, text(path), flags | SystemCalls.O_CLOEXEC, 0644);
    return new MountedFile((int) SystemCalls.check(fd), path(path), stores);
  }

  @Override
  public void makeDirectory(String path) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.mkdir(text(path), 0755));
  }

  @Override
  public void removeDirectory(String path) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.rmdir(text(path)));
  }

  @Override
  public void unlink(String path) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.unlink(text(path)));
  }

  @Override
  public void rename(String from, String to) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.rename(text(from), text(to)));
  }

  @Override
  public List<Entry> list(String path) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> names = Files.newDirectoryStream(path(path))) {
      for (Path name : names) {
        BasicFileAttributes attributes =
            Files.readAttributes(name, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        entries.add(
            new Entry(
                String.valueOf(name.getFileName()),
                attributes.isDirectory() ? -1 : attributes.size()));
      }
    } catch (DirectoryIteratorException failed) {
      throw failed.getCause();
    }
    return entries;
  }

  @Override
  public long freeBytes() throws IOException {
    return Files.getFileStore(mountPoint).getUsableSpace();
  }

  @Override
  public State state() throws IOException {
    Json json = JsonParser.parse(command("status", mountPoint.toString(), "--json"));
    VolumeStatus status = StatusCodec.decode((Json.JsonObject) json).volume();
    List<String> errors = new ArrayList<>(status.errors());
    errors.addAll(status.lostData());
    errors.addAll(daemon.complaints());
    return State.of(status, errors);
  }

  @Override
  public String ailment() throws IOException {
    if (!daemon.isAlive()) {
      return "the daemon is dead: " + daemon.lastWords();
    }
    long resident = daemon.residentBytes();
    if (resident > memoryBoundBytes()) {
      return "the daemon takes "
          + (resident >> 20)
          + " MiB of memory, more than "
          + (memoryBoundBytes() >> 20);
    }
    return "";
  }

  @Override
  public void remount() throws IOException {
    unmount();
    mount();
  }

  @Override
  public void kill() {
    daemon.kill();
    stores.close();
  }

  @Override
  public void mountAgain(boolean loseIndex) throws IOException {
    command("umount", mountPoint.toString());
    if (loseIndex) {
      HostTrees.delete(index());
    }
    mount();
  }

  @Override
  public void unmount() throws IOException {
    command("umount", mountPoint.toString());
  }

  @Override
  public List<String> check() throws IOException {
    Child.Result result = run(FSCK_TIMEOUT, "fsck", image().toString(), "--data");
    return result.exitCode() == 0 && result.output().startsWith("clean")
        ? List.of()
        : List.of(result.output() + result.errors());
  }

  @Override
  public String threads() throws IOException {
    return daemon.stacks();
  }

  @Override
  public String lastWords() throws IOException {
    return daemon.lastWords();
  }

  @Override
  public void abort() {
    daemon.kill();
    stores.close();
  }

  @Override
  public void end() throws IOException {
    daemon.kill();
    stores.close();
    for (int tries = 0; tries < 10 && MountTable.read().at(mountPoint).isPresent(); tries++) {
      try (Child umount =
          Child.start(
              home,
              home.resolve("out"),
              Map.of(),
              List.of("umount", "-i", "-l", mountPoint.toString()))) {
        umount.await(TIMEOUT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    HostTrees.delete(home);
  }
}
