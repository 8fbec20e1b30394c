// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What administrators ask a filesystem now and then, and rely on without a look. */
final class SmallPrintTest {
  private static final int MEGABYTE = 1_000_000;

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  @Test
  void aReadOnlyMountAfterACrashChangesNothingOnTheDrive() throws Exception {
    sandbox.createDrive();
    sandbox.mount("commit=300");
    sandbox.python("tree.py", sandbox.mountPoint().resolve("tree").toString(), "5");
    sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
    String manifest = manifest();
    sandbox.bash("head -c 30000000 /dev/urandom > \"$KEEP/../mnt/not-synced\"");
    sandbox.killDaemon();
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    String before = checksum();
    for (int round = 0; round < 2; round++) {
      sandbox.mount("ro");
      assertThat(manifest()).as("what was synced").isEqualTo(manifest);
      assertThat(sandbox.run(List.of("touch", sandbox.mountPoint() + "/new")).errors())
          .contains("Read-only file system");
      sandbox.umount();
      assertThat(checksum()).as("the image").isEqualTo(before);
      // And again without anything of the host.
      sandbox.run(List.of("rm", "-rf", sandbox.index().toString())).orFail();
    }
    sandbox.mount();
    assertThat(manifest()).isEqualTo(manifest);
    sandbox.umount();
    sandbox.fsck();
  }

  private String manifest() throws Exception {
    return sandbox.python("manifest.py", sandbox.mountPoint().resolve("tree").toString());
  }

  private String checksum() throws Exception {
    // Reads no holes; where they are counts, too.
    return sandbox.run(List.of("bash", "-c", "tar -S --mtime=@0 -cf - d.img | sha256sum")).orFail();
  }

  /** The kernel makes EIO of a short answer to a write that bypasses its cache. */
  @Test
  void writesThatBypassTheCacheGetToKnowThatTheDriveIsFull() throws Exception {
    sandbox
        .zonefsj("create", sandbox.image().toString(), "--size", "96M", "--zone-size", "2M")
        .orFail();
    sandbox.zonefsj("mkfs", sandbox.image().toString()).orFail();
    sandbox.mount();
    String work =
        """
        import errno, mmap, os
        def fill(fd, at, size):
            block = mmap.mmap(-1, size)
            block.write(os.urandom(size))
            while True:
                try:
                    done = os.pwritev(fd, [block], at)
                except OSError as full:
                    assert full.errno == errno.ENOSPC, full
                    return at
                # The part that fits, as every other write.
                assert done == size or done % 4096 == 0, done
                at += done
        with open('odd', 'wb') as odd:
            odd.write(os.urandom(400000))
        fd = os.open('f', os.O_CREAT | os.O_RDWR | os.O_DIRECT)
        at = fill(fd, 0, 3 << 20)
        assert os.fstat(fd).st_size == at, os.fstat(fd)
        # Also where the file does not become longer.
        os.ftruncate(fd, at + (64 << 20))
        end = fill(fd, at, 1 << 20)
        assert end - at < 1 << 20, (at, end)
        print(end)
        """;
    sandbox.python(work).orFail();
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void thereIsNothingToDiscardAndMapsOfExtentsAreRefused() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    Path file = Files.write(sandbox.mountPoint().resolve("file"), new byte[MEGABYTE]);
    Child.Result trim = sandbox.run(List.of("fstrim", "-v", sandbox.mountPoint().toString()));
    assertThat(trim.orFail()).contains("0 B (0 bytes) trimmed");
    assertThat(sandbox.run(List.of("lsattr", file.toString())).orFail()).startsWith("------");
    // filefrag itself then asks for blocks one by one, and takes the kernel's answer for a hole.
    assertThat(
            sandbox
                .run(
                    List.of(
                        "python3",
                        "-c",
                        """
                        import errno, fcntl
                        try:
                            fcntl.ioctl(open('mnt/file'), 0xC020660B, bytes(32))
                        except OSError as error:
                            print(errno.errorcode[error.errno])
                        """))
                .orFail())
        .as("FIEMAP")
        .isEqualTo("ENOTSUP");
    assertThat(sandbox.run(List.of("filefrag", file.toString())).orFail()).contains("0 extents");
    assertThat(Files.readAllBytes(file)).isEqualTo(new byte[MEGABYTE]);
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void theSyncOptionMakesEachWriteDurable() throws Exception {
    sandbox.createDrive();
    sandbox.mount("sync,commit=300");
    // The last one is not followed by anything that would commit it.
    sandbox
        .run(
            List.of(
                "python3",
                "-c",
                """
                import os
                file = os.open('mnt/file', os.O_CREAT | os.O_WRONLY)
                for number in range(20):
                    os.write(file, b'%06d' % number * 1000)
                os._exit(0)
                """))
        .orFail();
    sandbox.killDaemon();
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    sandbox.mount();
    assertThat(
            sandbox
                .run(List.of("bash", "-c", "wc -c < mnt/file; tail -c 6 mnt/file"))
                .orFail()
                .lines())
        .containsExactly("120000", "000019");
  }

  /** With dirsync each change of names, with sync every change: the daemon is killed after each. */
  @Test
  void namesAreDurableWithTheOptionsThatSayIt() throws Exception {
    sandbox.createDrive();
    for (String transport : List.of("direct", "jnr-fuse")) {
      for (String option : List.of("dirsync", "sync")) {
        String name = transport + "-" + option;
        sandbox.mount(option + ",commit=300,transport=" + transport);
        in("mkdir mnt/" + name + "; cd mnt/" + name + "; touch a b c; ln a d; ln -s a e; mkfifo f");
        in("cd mnt/" + name + "; mv b g; rm c; mkdir h i; rmdir h; mv i j");
        if (option.equals("sync")) {
          in("cd mnt/" + name + "; chmod 600 a; setfattr -n user.k -v 1 a; truncate -s 9 g");
        }
        sandbox.killDaemon();
        sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
        sandbox.mount();
        String listed = in("cd mnt/" + name + "; echo *");
        assertThat(listed).as(name).isEqualTo("a d e f g j");
        if (option.equals("sync")) {
          assertThat(in("cd mnt/" + name + "; stat -c %a a; stat -c %s g; getfattr -n user.k a"))
              .contains("600", "9", "user.k=\"1\"");
        }
        sandbox.umount();
      }
    }
    sandbox.fsck();
  }

  @Test
  void optionsOfOtherFilesystemsAreObeyed() throws Exception {
    sandbox.createDrive();
    sandbox.mount("nodiratime,strictatime,nosymfollow,lazytime,acl,user_xattr,iversion,commit=300");
    in("mkdir mnt/d; touch -a -d 2020-01-01 mnt/d");
    in("ls mnt/d");
    assertThat(in("stat -c %x mnt/d")).startsWith("2020-01-01");
    in("echo hello > mnt/f; ln -s f mnt/link");
    Child.Result followed = sandbox.run(List.of("cat", sandbox.mountPoint() + "/link"));
    assertThat(followed.errors()).contains("Too many levels of symbolic links");
    sandbox.umount();
    sandbox.mount("diratime,strictatime");
    in("ls mnt/d; [[ $(stat -c %x mnt/d) != 2020-* ]]; cat mnt/link");
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void handlesOfAnNfsServerOutliveAMount() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    in("echo -n hello > mnt/file; mkdir -p mnt/a/b; touch mnt/a/b/c; echo -n lost > mnt/removed");
    String mountPoint = sandbox.mountPoint().toString();
    String handles = sandbox.keep().resolve("handles").toString();
    sandbox.python("handles.py", "take", mountPoint, handles, "file", "a/b", "removed");
    // Nobody finds them by what was kept of their names.
    in("mv mnt/file mnt/a/other; mv mnt/a/b mnt/b; rm mnt/removed; echo -n new > mnt/removed");
    for (int round = 0; round < 3; round++) {
      assertThat(sandbox.python("handles.py", "open", mountPoint, handles).lines())
          .containsExactly("hello", "['c']", "Stale file handle");
      sandbox.umount();
      if (round == 1) {
        sandbox.run(List.of("rm", "-rf", sandbox.index().toString())).orFail();
      }
      sandbox.mount();
    }
  }

  private String in(String script) throws Exception {
    return sandbox.run(List.of("bash", "-c", "set -eu\n" + script)).orFail();
  }

  @Test
  void dfAndDuTellTheTruth() throws Exception {
    sandbox.createDrive();
    sandbox.mount();
    long before = used();
    sandbox.bash(
        "cd \"$KEEP/../mnt\" && head -c 100000000 /dev/urandom > file && truncate -s 1T sparse");
    sync();
    long grown = used() - before;
    assertThat(grown).as("bytes that df grew by").isBetween(99L * MEGABYTE, 104L * MEGABYTE);
    assertThat(number("du -B1 mnt/file")).isBetween(100L * MEGABYTE, 101L * MEGABYTE);
    assertThat(number("du -B1 mnt/sparse")).isLessThan(MEGABYTE);
    assertThat(number("du --apparent-size -B1 mnt/sparse")).isEqualTo(1L << 40);
    assertThat(number("df --output=iused mnt | tail -1")).isBetween(2L, 4L);
    assertThat(number("df --output=iavail mnt | tail -1")).isGreaterThan(100_000L);
    sandbox.bash("for i in $(seq 1000); do : > \"$KEEP/../mnt/f$i\"; done");
    sync();
    assertThat(number("df --output=iused mnt | tail -1")).isBetween(1002L, 1004L);
    sandbox.bash("rm \"$KEEP\"/../mnt/*");
    sync();
    assertThat(used() - before).as("bytes after the deletion").isLessThan(2L * MEGABYTE);
    assertThat(number("df --output=iused mnt | tail -1")).isLessThan(3L);
  }

  private void sync() throws Exception {
    sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
  }

  private long used() throws Exception {
    return number("df -B1 --output=used mnt | tail -1");
  }

  private long number(String command) throws Exception {
    String answer =
        sandbox.run(List.of("bash", "-c", "set -o pipefail; " + command)).orFail().strip();
    return Long.parseLong(answer.split("\\s", 2)[0]);
  }
}
