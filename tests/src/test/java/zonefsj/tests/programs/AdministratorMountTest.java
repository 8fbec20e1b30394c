// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a mount begins and ends, as an administrator does it. */
final class AdministratorMountTest {
  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  /**
   * The helpers are where mount(8) looks for them, in a mount namespace of the test's own: nothing
   * is installed on this machine.
   */
  @Test
  void theCommandsOfTheReadmeWorkWithMountAndUmountThemselves() throws Exception {
    String script =
        """
        set -eu -o pipefail
        # Copies of the mounts of others would keep them alive.
        for copied in $(findmnt -rn -t fuse.zonefs-j -o TARGET); do umount -i -l "$copied"; done
        home=$1 scripts=$1/lib/mount-scripts
        cp -a /usr/sbin "$home/sbin"
        for helper in mount umount; do
          ln -s "$scripts/$helper.fuse.zonefs-j" "$home/sbin/$helper.fuse.zonefs-j"
        done
        mount --bind "$home/sbin" "$(readlink -f /sbin)"
        zonefs-j() { "$scripts/zonefs-j" "$@"; }
        cd "$home"
        zonefs-j create d.img --size 2G --zone-size 16M --zone-capacity 12M --max-open 8 --max-active 10 \
          && zonefs-j mkfs d.img && mount -t fuse.zonefs-j d.img mnt -o noatime,commit=3,meta=index
        findmnt -no FSTYPE mnt
        git init -q mnt/origin
        echo 1 > mnt/origin/file
        git -C mnt/origin add file
        git -C mnt/origin commit -q -m 1
        git clone -q --no-local mnt/origin mnt/clone
        git -C mnt/clone fsck --full
        head -c 50000000 /dev/urandom > random
        cp random mnt/
        umount mnt
        # When umount returns, all is on the drive and nobody holds it.
        cp d.img copy.img
        zonefs-j fsck copy.img --data > fsck.out
        mount -t fuse.zonefs-j d.img mnt -o ro,meta=index
        cmp random mnt/random
        if touch mnt/new 2> /dev/null; then exit 3; fi
        umount mnt
        # Words and an exit code when it cannot be.
        if mount -t fuse.zonefs-j d.img mnt -o comit=3 2> words; then exit 4; fi
        grep -q "comit.*commit" words
        """;
    Child.Result result =
        sandbox.run(
            List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-c",
                script,
                "test",
                sandbox.home().toString()));
    assertThat(result.orFail()).endsWith("fuse.zonefs-j");
  }

  @Test
  void aMountedDriveCannotBeMountedAgain() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    Files.writeString(sandbox.mountPoint().resolve("file"), "one");
    Path other = Files.createDirectory(sandbox.home().resolve("other"));
    Path elsewhere = sandbox.home().resolve("elsewhere");

    Child.Result twice = sandbox.tryMount(sandbox.image(), other, elsewhere);
    assertThat(twice.exitCode()).as(twice.toString()).isEqualTo(32);
    assertThat(twice.errors().strip().lines().toList()).as("one line").hasSize(1);
    assertThat(twice.errors()).contains(sandbox.image().toString());

    // The same filesystem in another image is the same filesystem.
    sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
    Path copy = sandbox.home().resolve("copy.img");
    sandbox.run(List.of("cp", sandbox.image().toString(), copy.toString())).orFail();
    Child.Result clone = sandbox.tryMount(copy, other, elsewhere);
    assertThat(clone.exitCode()).as(clone.toString()).isEqualTo(32);

    Child.Result mkfs = sandbox.zonefsj("mkfs", sandbox.image().toString(), "--force");
    assertThat(mkfs.exitCode()).as(mkfs.toString()).isEqualTo(1);

    // The first mount has not noticed.
    assertThat(Files.readString(sandbox.mountPoint().resolve("file"))).isEqualTo("one");
    Files.writeString(sandbox.mountPoint().resolve("file"), "two");
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void umountWaitsForWhatNobodyHasSynced() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    sandbox
        .run(
            List.of(
                "bash",
                "-c",
                "head -c 300000000 /dev/urandom > keep/random && cp keep/random mnt/random"
                    + " && mkdir mnt/many && for i in $(seq 500); do echo $i > mnt/many/$i; done"))
        .orFail();
    sandbox.umount();
    // Elsewhere: another copy, without the index of this machine.
    Path moved = sandbox.home().resolve("moved.img");
    Files.move(sandbox.image(), moved);
    sandbox.tryMount(moved, sandbox.mountPoint(), sandbox.home().resolve("elsewhere")).orFail();
    sandbox
        .run(
            List.of(
                "bash",
                "-c",
                "cmp keep/random mnt/random && cat $(seq -f mnt/many/%.0f 500) | cmp - <(seq 500)"))
        .orFail();
  }

  @Test
  void aLostIndexIsRebuiltFromTheDrive() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    Path tree = sandbox.mountPoint().resolve("tree");
    for (int round = 0; round < 3; round++) {
      sandbox.python("tree.py", tree + "-" + round, Integer.toString(round));
      // Each time by another way: rebuilt, opened, rebuilt.
      String before = sandbox.python("manifest.py", sandbox.mountPoint().toString(), "--holes");
      sandbox.umount();
      if (round != 1) {
        sandbox.run(List.of("rm", "-rf", sandbox.index().toString())).orFail();
      }
      sandbox.mount();
      assertThat(sandbox.python("manifest.py", sandbox.mountPoint().toString(), "--holes"))
          .isEqualTo(before);
    }
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void theTimerMakesDurableWhatNobodySyncs() throws Exception {
    sandbox.createDrive();
    sandbox.mount("commit=1");
    double before = sandbox.status("commits");
    Files.writeString(sandbox.mountPoint().resolve("file"), "nobody syncs this");
    // The commit that began before the write may not hold it; the next one does.
    while (sandbox.status("commits") < before + 1 || sandbox.status("reserved_bytes") > 0) {
      Thread.sleep(50);
    }
    sandbox.killDaemon();
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    sandbox.mount();
    assertThat(sandbox.mountPoint().resolve("file")).hasContent("nobody syncs this");
    sandbox.umount();
  }

  /**
   * fusermount looks whether the mount is dead as soon as its socket closes, which is a moment
   * before the kernel knows when a process is killed: sometimes it looks too early, and goes.
   */
  @Test
  void autoUnmountTakesTheMountOfADeadDaemonAway() throws Exception {
    sandbox.createDrive();
    for (String transport : List.of("direct", "jnr-fuse")) {
      boolean gone = false;
      for (int tries = 0; !gone && tries < 5; tries++) {
        sandbox.mount("auto_unmount,transport=" + transport);
        sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
        sandbox.killDaemon();
        for (int wait = 0; sandbox.isMounted() && wait < 100; wait++) {
          Thread.sleep(50);
        }
        gone = !sandbox.isMounted();
        if (!gone) {
          sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
        }
      }
      assertThat(gone).as("the mount by %s is taken away", transport).isTrue();
      sandbox.mount("auto_unmount,transport=" + transport);
      sandbox.umount();
    }
  }

  @Test
  void withWritebackTheKernelKeepsWritesAndFsyncStillMeansIt() throws Exception {
    sandbox.createDrive();
    sandbox.mount("writeback,transport=direct");
    String work =
        """
        import os
        fd = os.open('f', os.O_CREAT | os.O_WRONLY, 0o644)
        for i in range(1000):
            os.pwrite(fd, b'%04d' % i, i * 5)
        os.fsync(fd)
        os.close(fd)
        a = os.open('f', os.O_WRONLY | os.O_APPEND)
        os.write(a, b'end')
        os.close(a)
        assert os.stat('f').st_size == 4999 + 3, os.stat('f')
        os.link('f', 'g'); os.unlink('f')
        """;
    sandbox.python(work).orFail();
    sandbox.umount();
    sandbox.mount();
    byte[] bytes = Files.readAllBytes(sandbox.mountPoint().resolve("g"));
    assertThat(bytes).hasSize(5002);
    for (int i = 0; i < 1000; i++) {
      assertThat(new String(bytes, i * 5, 4, UTF_8)).isEqualTo(String.format("%04d", i));
    }
    assertThat(new String(bytes, 4999, 3, UTF_8)).isEqualTo("end");
    sandbox.umount();
    assertThat(sandbox.zonefsj("mount", "-o", "writeback,transport=jnr-fuse", "x", "y").errors())
        .contains("writeback needs transport=direct");
  }

  /** PF_MEMALLOC_NOIO and PF_LOCAL_THROTTLE of linux/sched.h: what PR_SET_IO_FLUSHER sets. */
  private static final long IO_FLUSHER = 0x80000 | 0x100000;

  private static final int CAP_SYS_RESOURCE = 24;

  @Test
  void theDaemonKeepsWorkingWhenMemoryIsShort() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    String effective =
        Files.readString(Path.of("/proc/self/status"))
            .replaceAll("(?s).*CapEff:\\s*(\\S+).*", "$1");
    boolean may = (Long.parseUnsignedLong(effective, 16) >> CAP_SYS_RESOURCE & 1) == 1;
    long pid = sandbox.daemons().get(0).pid();
    if (may) {
      assertThat(Files.readString(Path.of("/proc/" + pid + "/oom_score_adj")).trim())
          .isEqualTo("-900");
    }
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads.toList()) {
        // The name, in parentheses, may hold spaces; the flags are the seventh field behind it.
        String stat = Files.readString(thread.resolve("stat"));
        long flags = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[6]);
        assertThat((flags & IO_FLUSHER) == IO_FLUSHER).as(stat).isEqualTo(may);
      }
    }
    sandbox.umount();
  }
}
