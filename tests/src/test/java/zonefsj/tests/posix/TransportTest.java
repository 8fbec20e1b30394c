// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FallbackTransport;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountEnd;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.model.ReferenceFileSystem;

/** The life of a mount: how it begins, how it ends, and what it never lets through. */
final class TransportTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path scratch = Path.of("");
  private @Nullable FuseMount mount;

  @AfterEach
  void unmount() throws IOException {
    FuseMount live = mount;
    if (live != null) {
      live.close();
    }
  }

  private Path point(String name) throws IOException {
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Files.createDirectories(scratch.resolve(name)).toRealPath();
  }

  private FuseMount mount(FuseMountOptions options) throws IOException {
    return mount(new ReferenceFileSystem(), options);
  }

  private FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options) throws IOException {
    FuseMount made = PosixSubject.transport().mount(fileSystem, options);
    mount = made;
    return made;
  }

  private static void assertRefused(FuseMountOptions options, String... words) {
    assertThatThrownBy(
            () -> PosixSubject.transport().mount(new ReferenceFileSystem(), options).close())
        .isInstanceOf(FuseMountException.class)
        .message()
        .doesNotContain("\n")
        .contains(words);
  }

  @Test
  void theKernelShowsWhatIsMounted() throws IOException {
    Path point = point("space and\ttab");
    mount(FuseMountOptions.of(point, "/dev/some,thing\\odd"));
    MountTableEntry entry = MountTable.read().at(point).orElseThrow();
    assertThat(entry.type()).isEqualTo("fuse.zonefs-j");
    assertThat(entry.source()).isEqualTo("/dev/some,thing\\odd");
    assertThat(Shell.run(List.of("cat", "/proc/mounts")).orFail())
        .containsPattern("fuse\\.zonefs-j rw,[^ ]*default_permissions,allow_other");
  }

  @Test
  void aWrongMountPointIsRefusedWithWords() throws IOException {
    Path point = point("m");
    assertRefused(FuseMountOptions.of(point.resolve("no"), "x"), "does not exist");
    Path file = Files.writeString(point.resolve("file"), "x");
    assertRefused(FuseMountOptions.of(file, "x"), "is not a directory");
    assertRefused(FuseMountOptions.of(point, "x"), "is not empty", "-o nonempty");
    mount(
        FuseMountOptions.of(point, "x")
            .withTransportOptions(TransportOptions.DEFAULT.withNonEmpty(true)));
    assertThat(Shell.bash(point.toString(), "ls -A").orFail()).isEmpty();
    assertRefused(
        FuseMountOptions.of(point, "y")
            .withTransportOptions(TransportOptions.DEFAULT.withNonEmpty(true)),
        "already mounted",
        "x");
    mount().close();
    assertThat(Files.readString(file)).isEqualTo("x");
  }

  /** A transport that cannot mount. */
  private record Refusing(String name) implements FuseTransport {
    @Override
    public FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options)
        throws FuseMountException {
      throw new FuseMountException(name + " cannot");
    }
  }

  @Test
  void whereNoTransportMountsTheFirstOneSaysWhy() throws IOException {
    FuseMountOptions options = FuseMountOptions.of(point("m"), "x");
    FuseTransport all =
        new FallbackTransport(List.of(new Refusing("the best"), new Refusing("the other")));
    assertThatThrownBy(() -> all.mount(new ReferenceFileSystem(), options).close())
        .isInstanceOf(FuseMountException.class)
        .hasMessage("the best cannot")
        .satisfies(refusal -> assertThat(refusal.getSuppressed()).hasSize(1));
  }

  private FuseMount mount() {
    FuseMount live = mount;
    if (live == null) {
      throw new IllegalStateException("not mounted");
    }
    return live;
  }

  @Test
  void aMountThatIsInUseIsNotTakenAway() throws Exception {
    Path point = point("m");
    FuseMount live = mount(FuseMountOptions.of(point, "x"));
    Process user =
        new ProcessBuilder("bash", "-c", "cd \"$0\" && echo in && exec sleep 60", point.toString())
            .start();
    try {
      assertThat(user.getInputStream().read()).isEqualTo('i');
      assertThatThrownBy(live::unmount)
          .isInstanceOf(FuseMountException.class)
          .hasMessageContaining("is in use");
      assertThat(live.awaitEnd(Duration.ofMillis(100))).isNull();
      assertThat(Shell.bash(point.toString(), "echo alive > f; cat f").orFail()).isEqualTo("alive");
    } finally {
      user.destroyForcibly().waitFor();
    }
    live.unmount();
    assertThat(live.awaitEnd().cause()).isEqualTo(MountEnd.Cause.UNMOUNTED);
    assertThat(MountTable.read().at(point)).isEmpty();
    live.unmount();
    live.close();
  }

  @Test
  void anUnmountByOthersEndsIt() throws Exception {
    for (List<String> command :
        List.of(List.of("umount"), List.of("fusermount", "-u"), List.of("fusermount3", "-u"))) {
      Path point = point("m");
      FuseMount live = mount(FuseMountOptions.of(point, "x"));
      Shell.bash(point.toString(), "echo data > f").orFail();
      List<String> full = new java.util.ArrayList<>(command);
      full.add(point.toString());
      Shell.run(full).orFail();
      MountEnd end = live.awaitEnd(SOON);
      assertThat(end).isNotNull();
      assertThat(end.cause()).isEqualTo(MountEnd.Cause.UNMOUNTED_BY_OTHERS);
    }
  }

  @Test
  void aMountThatHangsCanBeAborted() throws Exception {
    Path point = point("m");
    FuseMount live = mount(FuseMountOptions.of(point, "x"));
    Process user =
        new ProcessBuilder("bash", "-c", "cd \"$0\" && echo in && exec sleep 60", point.toString())
            .start();
    try {
      assertThat(user.getInputStream().read()).isEqualTo('i');
      live.abort();
      MountEnd end = live.awaitEnd(SOON);
      assertThat(end).isNotNull();
      assertThat(end.cause()).isEqualTo(MountEnd.Cause.ABORTED);
      assertThat(MountTable.read().at(point)).isEmpty();
    } finally {
      user.destroyForcibly().waitFor();
    }
  }

  @Test
  void aReadOnlyMountRefusesChanges() throws IOException {
    Path point = point("m");
    ReferenceFileSystem fileSystem = new ReferenceFileSystem();
    mount(fileSystem, FuseMountOptions.of(point, "x"));
    Shell.bash(point.toString(), "echo data > f").orFail();
    mount().close();
    mount(fileSystem, FuseMountOptions.of(point, "x").withReadOnly(true));
    assertThat(Shell.bash(point.toString(), "cat f; ! touch f 2>e; ! rm f 2>/dev/null").output())
        .isEqualTo("data\n");
    assertThat(Shell.bash(point.toString(), "touch g").errors()).contains("Read-only file system");
  }

  @Test
  void theFlagsOfMountAreKept() throws IOException {
    Path point = point("m");
    mount(
        FuseMountOptions.of(point, "x")
            .withTransportOptions(
                TransportOptions.DEFAULT.withMountFlags(List.of("noexec", "nodev"))));
    assertThat(
            Shell.bash(
                    point.toString(),
                    "cp /bin/true t; ! ./t 2>/dev/null; mknod n c 1 3; ! cat n 2>/dev/null;"
                        + " grep -o 'rw,nodev,noexec' /proc/mounts | sort -u")
                .orFail())
        .isEqualTo("rw,nodev,noexec");
    assertThatThrownBy(
            () ->
                FuseMountOptions.of(point, "x")
                    .withTransportOptions(
                        TransportOptions.DEFAULT.withMountFlags(List.of("max_read=1"))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void othersComeInOnlyWhenAllowed() throws IOException {
    Path point = point("m");
    List<String> asUser =
        List.of(
            "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "ls", point.toString());
    mount(
        FuseMountOptions.of(point, "x")
            .withTransportOptions(TransportOptions.DEFAULT.withAllowOther(false)));
    assertThat(Shell.run(asUser).exitCode()).isNotZero();
    mount().close();
    mount(
        FuseMountOptions.of(point, "x")
            .withTransportOptions(TransportOptions.DEFAULT.withAllowOther(true)));
    Shell.run(asUser).orFail();
  }

  @Test
  void severalMountsLiveSideBySide() throws IOException {
    Path one = point("one");
    Path two = point("two");
    try (FuseMount first =
            PosixSubject.transport()
                .mount(new ReferenceFileSystem(), FuseMountOptions.of(one, "1").withThreads(1));
        FuseMount second =
            PosixSubject.transport()
                .mount(new ReferenceFileSystem(), FuseMountOptions.of(two, "2"))) {
      Shell.run(List.of("bash", "-c", "echo one > $0/f; cp $0/f $1/g", one + "", two + ""))
          .orFail();
      assertThat(Shell.bash(second.mountPoint().toString(), "ls; cat g").orFail())
          .isEqualTo("g\none");
      assertThat(first.mountPoint()).isEqualTo(one);
    }
    assertThat(MountTable.read().at(one)).isEmpty();
    assertThat(MountTable.read().at(two)).isEmpty();
  }

  /** A filesystem of which one call throws what it must not. */
  private static ZoneFileSystem failing(String broken, AtomicReference<Throwable> failure) {
    return InterceptedFileSystem.of(
        new ReferenceFileSystem(),
        broken,
        call -> {
          Throwable thrown = failure.get();
          if (thrown != null) {
            throw thrown;
          }
          return call.goOn();
        });
  }

  @Test
  void aFailureIsNeverTakenForSuccess() throws IOException {
    for (Throwable thrown :
        List.of(
            new IOException("the drive is gone"),
            new IllegalStateException("a bug"),
            new StackOverflowError("a bad bug"))) {
      for (String call :
          List.of("write", "read", "makeDirectory", "attributes", "fsync", "flush")) {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Path point = point("m");
        mount(failing(call, failure), FuseMountOptions.of(point, "x"));
        Shell.bash(point.toString(), "echo data > f").orFail();
        failure.set(thrown);
        Shell.Result result =
            Shell.bash(
                point.toString(),
                switch (call) {
                  case "write" -> "echo more | dd of=f conv=notrunc,fsync";
                  case "read" -> "dd if=f iflag=direct bs=4096";
                  case "makeDirectory" -> "mkdir d";
                  case "attributes" -> "touch -d @1 f";
                  case "fsync" -> "sync f";
                  default -> "python3 -c \"import os; os.close(os.open('f', os.O_RDONLY))\"";
                });
        failure.set(null);
        assertThat(result.exitCode()).as(call + " " + thrown + ": " + result).isNotZero();
        assertThat(result.errors()).containsAnyOf("Input/output error", "Errno 5");
        mount().close();
      }
    }
  }

  private static final String EVERYTHING =
      """
      put('f', b'data' * 4096)
      put('g', b'')
      os.mkdir('d')
      os.mkdir('e')
      os.symlink('t', 'l')
      os.setxattr('f', 'user.a', b'1')
      fd = os.open('f', os.O_RDWR)
      bypass = os.open('f', os.O_RDWR | os.O_DIRECT)
      dfd = os.open('d', os.O_RDONLY)
      calls = [
          (os.stat, 'none'), (os.mkdir, 'new'), (os.rmdir, 'd'), (os.unlink, 'g'),
          (os.symlink, 'x', 'new'), (os.mkfifo, 'new'), (os.rename, 'd', 'e'),
          (os.chmod, 'f', 0o600), (os.truncate, 'f', 1), (os.utime, 'f'),
          (os.open, 'new', os.O_CREAT | os.O_RDWR), (os.open, 'f', os.O_RDWR), (os.listdir, 'd'),
          (os.statvfs, '.'), (os.setxattr, 'f', 'user.b', b''), (os.getxattr, 'f', 'user.a'),
          (os.listxattr, 'f'), (os.removexattr, 'f', 'user.a'), (os.pwrite, fd, b'x', 0),
          (os.preadv, bypass, [mmap.mmap(-1, 4096)], 0), (os.fsync, fd), (os.fsync, dfd),
          (os.posix_fallocate, fd, 0, 1 << 20),
          (lambda: os.close(os.dup(fd)),),
      ]
      if DIRECT:
          calls += [
              (os.link, 'f', 'new'), (os.lseek, fd, 0, os.SEEK_DATA),
              (os.open, '.', os.O_TMPFILE | os.O_RDWR), (os.copy_file_range, fd, bypass, 1, 0, 1)]
      open('../fail', 'w').close()
      errors = []
      def pound():
          try:
              for i in range(12):
                  for call, *arguments in calls:
                      fails(errno.EIO, call, *arguments)
          except BaseException as e:
              errors.append(repr(e))
      threads = [threading.Thread(target=pound) for i in range(4)]
      for t in threads: t.start()
      for t in threads: t.join()
      os.unlink('../fail')
      same(errors, [])
      os.fsync(fd)
      same(sorted(os.listdir('.')), ['d', 'e', 'f', 'g', 'l'])
      same(os.stat('f').st_size, 16384)
      """;

  /** Not the thread that ends a mount: it is there for a moment after it has told the end. */
  private static long workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("fuse-[0-9]+") && thread.isAlive())
        .count();
  }

  /** Whatever is thrown, from whatever call: EIO, and the workers live on. */
  @Test
  @SuppressWarnings("try") // silent as long as it is open
  void noWorkerIsLostWhateverIsThrown() throws Exception {
    try (LogSilencer quiet = new LogSilencer()) {
      for (Throwable thrown :
          List.of(
              new IllegalStateException("a bug"),
              new AssertionError("a bad bug"),
              new StackOverflowError("a worse one"))) {
        Path point = point("m");
        Path flag = scratch.resolve("fail");
        ZoneFileSystem failing =
            InterceptedFileSystem.of(
                new ReferenceFileSystem(),
                call -> {
                  if (Files.exists(flag)) {
                    throw thrown;
                  }
                  return call.goOn();
                });
        FuseMount live = mount(failing, FuseMountOptions.of(point, "x").withThreads(3));
        long before = workers();
        assertThat(before).isGreaterThanOrEqualTo(3);
        Shell.python(point.toString(), EVERYTHING).orFail();
        assertThat(workers()).isEqualTo(before);
        assertThat(live.awaitEnd(Duration.ZERO)).isNull();
        live.unmount();
        assertThat(live.awaitEnd().cause()).isEqualTo(MountEnd.Cause.UNMOUNTED);
      }
    }
  }

  /** On the transport that starts more workers when all of them are busy. */
  @Test
  void requestsThatWaitDoNotHoldUpOthers() throws Exception {
    Path point = point("m");
    FuseMountOptions options = FuseMountOptions.of(point, "x");
    int writers = options.threadCount() + (PosixSubject.isDirect() ? 4 : -1);
    CountDownLatch waiting = new CountDownLatch(writers);
    CountDownLatch goesOn = new CountDownLatch(1);
    ZoneFileSystem full =
        InterceptedFileSystem.of(
            new ReferenceFileSystem(),
            "write",
            call -> {
              waiting.countDown();
              goesOn.await();
              return call.goOn();
            });
    FuseMount live = mount(full, options);
    Shell.bash(point.toString(), "mkdir d").orFail();
    Process users =
        new ProcessBuilder(
                "bash",
                "-c",
                "cd \"$0\" && for i in $(seq $1); do echo data > f$i & done; wait",
                point.toString(),
                "" + writers)
            .start();
    boolean all = waiting.await(5, TimeUnit.SECONDS);
    Process other = new ProcessBuilder("mkdir", point.resolve("d/e").toString()).start();
    boolean served;
    try {
      served = other.waitFor(5, TimeUnit.SECONDS);
    } finally {
      goesOn.countDown();
      users.waitFor();
      other.waitFor();
    }
    assertThat(all).as("all writers are in their calls").isTrue();
    assertThat(served).as("another request was answered").isTrue();
    assertThat(Shell.bash(point.toString(), "cat f* | wc -l").orFail()).isEqualTo("" + writers);
    live.unmount();
    assertThat(live.awaitEnd().cause()).isEqualTo(MountEnd.Cause.UNMOUNTED);
    assertThat(workers()).isZero();
  }

  @Test
  void requestsAreLarge() throws IOException {
    Path point = point("m");
    AtomicReference<Integer> largestWrite = new AtomicReference<>(0);
    AtomicReference<Integer> largestRead = new AtomicReference<>(0);
    ZoneFileSystem watched =
        InterceptedFileSystem.of(
            new ReferenceFileSystem(),
            call -> {
              if (call.arguments().length > 2 && call.arguments()[2] instanceof ByteBuffer buffer) {
                (call.is("write") ? largestWrite : largestRead)
                    .accumulateAndGet(buffer.remaining(), Math::max);
              }
              return call.goOn();
            });
    mount(watched, FuseMountOptions.of(point, "x"));
    Shell.bash(
            point.toString(),
            "head -c 16M /dev/urandom > /dev/shm/zj.$$; dd if=/dev/shm/zj.$$ of=f bs=4M"
                + " status=none; dd if=f iflag=direct bs=4M status=none | cmp - /dev/shm/zj.$$; rm"
                + " /dev/shm/zj.$$")
        .orFail();
    assertThat(largestWrite.get()).isGreaterThanOrEqualTo(128 << 10);
    assertThat(largestRead.get()).isGreaterThanOrEqualTo(128 << 10);
  }
}
