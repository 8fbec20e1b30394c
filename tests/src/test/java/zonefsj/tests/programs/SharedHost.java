// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A host that root and two ordinary users share, each with a home and nothing of what the tests
 * tell root's commands otherwise. It is a mount namespace of its own: everybody may open /dev/fuse,
 * as udev has it, which not every machine that tests run on has; /run, /var/lib and /var/log are
 * empty at first. All that is left in it at the end is killed.
 */
final class SharedHost implements BeforeEachCallback, AfterEachCallback {
  static final int ROOT = 0;
  static final int USER = 1000;
  static final int OTHER = 1001;

  private static final String SCRIPT =
      """
      cd "$0"
      # Copies of the mounts of others would keep them alive.
      for copied in $(findmnt -rn -t fuse.zonefs-j -o TARGET); do umount -i -l "$copied"; done
      # fusermount3 wants users to have names.
      { cat /etc/passwd; for user in 1000 1001; do echo "u$user:x:$user:$user::$0/u$user:/bin/sh"; done; } >passwd
      mount --bind passwd /etc/passwd
      mkdir dev; mount -t tmpfs tmpfs dev
      mknod dev/fuse c 10 229 && chmod 666 dev/fuse && mount --bind dev/fuse /dev/fuse
      for hidden in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs $hidden; done
      mkdir -p /run/mount /run/user
      for user in 0 1000 1001; do install -d -o $user -g $user -m 700 /run/user/$user; done
      echo ready && exec sleep 600
      """;

  private final Sandbox sandbox = new Sandbox(false);
  private final int mounter;
  private @Nullable Process keeper;

  /**
   * @param mounter user to whom the mount point belongs
   */
  SharedHost(int mounter) {
    this.mounter = mounter;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    sandbox.open();
    Path home = sandbox.home();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    // The jars of the build lie where nobody but its owner may look.
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                "cp -L -r lib/lib lib/copy; rm -r lib/lib; mv lib/copy lib/lib; chmod -R a+rX lib;"
                    + " chmod 755 mnt; chown "
                    + mounter
                    + " mnt; for user in 0 1000 1001; do"
                    + " install -d -o $user -g $user -m 755 u$user; done"))
        .orFail();
    Process started =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-euc",
                SCRIPT,
                home.toString())
            .start();
    keeper = started;
    assertThat(started.getInputStream().read()).isEqualTo('r');
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    Process alive = keeper;
    if (alive != null) {
      Object namespace = namespaceOf(Path.of("/proc/" + alive.pid()));
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
        for (Path process : processes) {
          if (namespace.equals(namespaceOf(process))) {
            ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                .ifPresent(ProcessHandle::destroyForcibly);
          }
        }
      }
      alive.waitFor();
    }
    sandbox.close();
  }

  private static Object namespaceOf(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/mnt"));
    } catch (IOException e) {
      return "it has ended";
    }
  }

  /** Where the tests mount. */
  Path mountPoint() {
    return sandbox.mountPoint();
  }

  /** The home of a user. */
  Path homeOf(int uid) {
    return sandbox.home().resolve("u" + uid);
  }

  boolean isMounted() throws Exception {
    return isMounted(mountPoint());
  }

  boolean isMounted(Path point) throws Exception {
    return as(ROOT, "findmnt " + point).exitCode() == 0;
  }

  /** Runs a script of bash as a user, in their home. */
  Child.Result as(int uid, String script) throws Exception {
    String path = sandbox.installation().home().resolve("mount-scripts") + ":/usr/sbin:";
    return sandbox.run(
        List.of(
            "nsenter",
            "--mount=/proc/" + Objects.requireNonNull(keeper).pid() + "/ns/mnt",
            "setpriv",
            "--reuid=" + uid,
            "--regid=" + uid,
            "--clear-groups",
            "env",
            "-i",
            "HOME=" + homeOf(uid),
            "XDG_RUNTIME_DIR=/run/user/" + uid,
            "PATH=" + path + System.getenv("PATH"),
            "JAVA_HOME=" + System.getProperty("java.home"),
            "LC_ALL=C.UTF-8",
            "bash",
            "-c",
            "set -eu -o pipefail; cd \"$HOME\"\n" + script));
  }

  /** Starts a program of the resources as a user, and waits until it has printed "ready". */
  void start(int uid, String program, String... arguments) throws Exception {
    List<String> command = sandbox.pythonCommand(program, arguments);
    as(
            uid,
            String.join(" ", command)
                + " >said 2>&1 </dev/null & for i in {1..300}; do"
                + " ! grep -q ready said 2>/dev/null || exit 0; sleep 0.1; done; cat said; exit 1")
        .orFail();
  }
}
