package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody who is not root makes a drive in a directory of theirs, mounts it and uses it. */
final class OrdinaryUserTest {
  private static final int USER = 1000;
  private static final int OTHER = 1001;

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  /** Keeps the mount namespace that all commands of a test are run in. */
  private @Nullable Process keeper;

  /**
   * Everybody may open /dev/fuse, as udev has it; not every machine that tests run on has udev, so
   * it is laid over in a mount namespace of the test's own.
   */
  @BeforeEach
  void enterNamespace() throws Exception {
    String script =
        """
        mkdir "$0" && mount -t tmpfs tmpfs "$0"
        mknod "$0/fuse" c 10 229 && chmod 666 "$0/fuse" && mount --bind "$0/fuse" /dev/fuse
        echo ready && exec sleep 600
        """;
    keeper =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-euc",
                script,
                sandbox.home().resolve("dev").toString())
            .start();
    assertThat(keeper.getInputStream().read()).isEqualTo('r');
    prepare();
  }

  @AfterEach
  void leaveNamespace() throws InterruptedException {
    Process alive = keeper;
    if (alive != null) {
      alive.destroyForcibly().waitFor();
    }
  }

  private boolean isMounted() throws Exception {
    return as(0, "findmnt " + sandbox.mountPoint()).exitCode() == 0;
  }

  /** What the user has: a home, and nothing of what we tell root's commands. */
  private Child.Result as(int uid, String script) throws Exception {
    Path home = sandbox.home();
    String path = home.resolve("lib/mount-scripts") + ":" + System.getenv("PATH");
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
            "HOME=" + home.resolve("home"),
            "XDG_RUNTIME_DIR=" + home.resolve("home/run"),
            "PATH=" + path,
            "JAVA_HOME=" + System.getProperty("java.home"),
            "LC_ALL=C.UTF-8",
            "bash",
            "-c",
            "set -eu -o pipefail; cd \"$HOME\"\n" + script));
  }

  private void prepare() throws Exception {
    Path home = sandbox.home();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    // The jars of the build lie where nobody but its owner may look.
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                "cp -L -r lib/lib lib/copy; rm -r lib/lib; mv lib/copy lib/lib; chmod -R a+rX lib;"
                    + " install -d -o "
                    + USER
                    + " -g "
                    + USER
                    + " -m 755 home mnt; chmod 755 home mnt"))
        .orFail();
  }

  @Test
  void needsNobodysHelp() throws Exception {
    Path point = sandbox.mountPoint();
    String said =
        as(
                USER,
                """
                mkdir -m 700 run
                zonefs-j create d.img --size 256M
                zonefs-j mkfs d.img
                zonefs-j mount d.img ../mnt -o transport=direct
                echo hello > ../mnt/f
                mkdir ../mnt/d
                ln ../mnt/f ../mnt/d/g
                head -c 5000000 /dev/urandom > random
                cp random ../mnt/d/
                stat -c '%u:%g' ../mnt ../mnt/f
                zonefs-j sync ../mnt
                zonefs-j status ../mnt
                findmnt -no FSTYPE,OPTIONS ../mnt
                ls -d run/zonefs-j .local/state/zonefs-j
                """)
            .orFail();
    assertThat(said)
        .contains("1000:1000\n1000:1000\n")
        .contains("transport=direct")
        .containsPattern("fuse\\.zonefs-j +rw,nosuid,nodev,relatime,user_id=1000,group_id=1000")
        .doesNotContain("allow_other");
    // Others may not look in, and root is one of them.
    for (int uid : List.of(OTHER, 0)) {
      Child.Result look =
          as(uid, "LC_ALL=C ls " + point + " 2>&1 && exit 3; ! cat " + point + "/f");
      assertThat(look.exitCode()).as(look.toString()).isZero();
      assertThat(look.output()).contains("Permission denied").doesNotContain("hello");
    }
    assertThat(as(OTHER, "zonefs-j umount " + point).exitCode()).isNotZero();
    assertThat(isMounted()).isTrue();
    as(USER, "zonefs-j umount ../mnt").orFail();
    assertThat(isMounted()).isFalse();
    assertThat(
            as(
                    USER,
                    """
                    ls -A ../mnt
                    zonefs-j fsck d.img --data >&2
                    zonefs-j mount d.img ../mnt -o transport=direct
                    cat ../mnt/d/g
                    cmp random ../mnt/d/random
                    zonefs-j umount ../mnt
                    """)
                .orFail())
        .isEqualTo("hello");
  }

  @Test
  void isRefusedWhatOnlyRootMayAllow() throws Exception {
    as(USER, "mkdir -m 700 run; zonefs-j create d.img --size 256M; zonefs-j mkfs d.img").orFail();
    Child.Result refused = as(USER, "zonefs-j mount d.img ../mnt -o transport=direct,allow_other");
    if (Files.readAllLines(Path.of("/etc/fuse.conf")).contains("user_allow_other")) {
      refused.orFail();
      as(USER, "zonefs-j umount ../mnt").orFail();
    } else {
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.errors()).contains("user_allow_other");
      assertThat(isMounted()).isFalse();
    }
  }
}
