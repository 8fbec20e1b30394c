// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;

/**
 * A mount for the tests of one class, and a new directory on it for each of them. Takes the mount
 * away whatever has happened: an orderly unmount first, then by breaking the connection.
 */
public final class MountedFixture
    implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

  private final UnaryOperator<FuseMountOptions> options;
  private final AtomicInteger directories = new AtomicInteger();
  private @Nullable PosixSubject subject;
  private @Nullable FuseMount mount;
  private @Nullable Path mountPoint;
  private String directory = "";

  /** With the default options. */
  public MountedFixture() {
    this(UnaryOperator.identity());
  }

  /**
   * With other options.
   *
   * @param options changes the default ones
   */
  public MountedFixture(UnaryOperator<FuseMountOptions> options) {
    this.options = options;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    open();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws InterruptedException {
    if (mount().awaitEnd(Duration.ZERO) != null) {
      throw new IllegalStateException("an earlier test has ended the mount");
    }
    String root = root();
    directory = root + "/t" + directories.incrementAndGet();
    Shell.run(java.util.List.of("mkdir", "-m", "755", directory)).orFail();
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    close();
  }

  /** Mounts; for tests that are about mounting. */
  public void open() throws IOException {
    Path point = Files.createTempDirectory("zonefs-j-posix-");
    Files.setPosixFilePermissions(point, PosixFilePermissions.fromString("rwxr-xr-x"));
    mountPoint = point;
    PosixSubject made = PosixSubject.create();
    subject = made;
    mount =
        PosixSubject.transport()
            .mount(
                made.fileSystem(), options.apply(FuseMountOptions.of(point, "posix,test\\spec")));
  }

  /** Unmounts and removes the mount point. */
  public void close() throws IOException {
    FuseMount live = mount;
    mount = null;
    try {
      if (live != null) {
        end(live);
      }
    } finally {
      PosixSubject made = subject;
      subject = null;
      if (made != null) {
        made.close();
      }
      Path point = mountPoint;
      if (point != null) {
        Files.deleteIfExists(point);
      }
    }
  }

  private static void end(FuseMount live) throws IOException {
    try {
      live.unmount();
    } catch (FuseMountException e) {
      live.abort();
      throw e;
    } catch (InterruptedException e) {
      live.abort();
      Thread.currentThread().interrupt();
    } finally {
      try {
        if (live.awaitEnd(END_TIMEOUT) == null) {
          live.abort();
        }
      } catch (InterruptedException e) {
        live.abort();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The live mount. */
  public FuseMount mount() {
    FuseMount live = mount;
    if (live == null) {
      throw new IllegalStateException("not mounted");
    }
    return live;
  }

  /** The mount point. */
  public String root() {
    return mount().mountPoint().toString();
  }

  /** The directory of the running test. */
  public String directory() {
    return directory;
  }

  /** Runs a script of bash in the directory of the test; answers what it printed. */
  public String bash(String script) {
    return guarded(() -> Shell.bash(directory, script).orFail());
  }

  /** Runs a program of Python in the directory of the test; answers what it printed. */
  public String python(String program) {
    return guarded(() -> Shell.python(directory, program).orFail());
  }

  /** A child that hangs in a call of ours would keep the mount busy: break the connection. */
  private String guarded(java.util.function.Supplier<String> work) {
    try {
      return work.get();
    } catch (Shell.HangException e) {
      try {
        mount().abort();
      } catch (FuseMountException abort) {
        e.addSuppressed(abort);
      }
      throw e;
    }
  }
}
