// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever becomes of the index on the host, the drive tells the truth. */
final class IndexTest {
  @RegisterExtension private final Sandbox sandbox = new Sandbox(false);

  private Path path(String name) {
    return sandbox.home().resolve(name);
  }

  private void copy(Path from, Path to) throws Exception {
    sandbox.run(List.of("cp", "-a", "--sparse=always", from.toString(), to.toString())).orFail();
  }

  private void remove(Path tree) throws Exception {
    sandbox.run(List.of("rm", "-rf", tree.toString())).orFail();
  }

  private void mount(Path drive, Path index) throws Exception {
    sandbox.tryMount(drive, sandbox.mountPoint(), index).orFail();
  }

  /** Everything on the mount: names, attributes, content. */
  private String manifest() throws Exception {
    return sandbox.python("manifest.py", sandbox.mountPoint().toString(), "--holes");
  }

  /** Makes a tree, deletes the small files of all, and cuts the large ones. */
  private void work(int seed) throws Exception {
    sandbox.python("tree.py", sandbox.mountPoint().resolve("tree-" + seed).toString(), "" + seed);
    sandbox
        .run(
            List.of(
                "bash",
                "-c",
                "find mnt -type f -size -3k -delete"
                    + " && find mnt -type f -size +64k -exec truncate -s "
                    + (60_000 + seed)
                    + " {} +"))
        .orFail();
  }

  private String workOn(Path drive, Path index, int seed) throws Exception {
    mount(drive, index);
    work(seed);
    String after = manifest();
    sandbox.umount();
    return after;
  }

  /** Returns what the status was meanwhile. */
  private String assertShows(Path drive, Path index, String expected) throws Exception {
    mount(drive, index);
    assertThat(manifest()).isEqualTo(expected);
    String status = sandbox.zonefsj("status", sandbox.mountPoint().toString()).orFail();
    sandbox.umount();
    Child.Result check = sandbox.zonefsj("fsck", drive.toString(), "--data");
    assertThat(check.exitCode()).as(check.toString()).isZero();
    return status;
  }

  @Test
  void restoredFromLastWeek() throws Exception {
    sandbox.createDrive();
    workOn(sandbox.image(), sandbox.index(), 1);
    copy(sandbox.index(), path("last-week"));
    String now = workOn(sandbox.image(), sandbox.index(), 2);
    remove(sandbox.index());
    copy(path("last-week"), sandbox.index());
    assertShows(sandbox.image(), sandbox.index(), now);
  }

  @Test
  void ofAnotherFilesystem() throws Exception {
    sandbox.createDrive();
    String one = workOn(sandbox.image(), sandbox.index(), 1);
    Path other = path("other.img");
    sandbox.zonefsj("create", other.toString(), "--size", "1G").orFail();
    sandbox.zonefsj("mkfs", other.toString()).orFail();
    String two = workOn(other, path("other-index"), 2);
    assertShows(sandbox.image(), path("other-index"), one);
    assertShows(other, sandbox.index(), two);
  }

  @Test
  void ofATwinThatWentItsOwnWay() throws Exception {
    sandbox.createDrive();
    workOn(sandbox.image(), sandbox.index(), 1);
    Path twin = path("twin.img");
    copy(sandbox.image(), twin);
    copy(sandbox.index(), path("twin-index"));
    String here = workOn(sandbox.image(), sandbox.index(), 2);
    String there = workOn(twin, path("twin-index"), 3);
    assertShows(sandbox.image(), path("twin-index"), here);
    assertShows(twin, sandbox.index(), there);
  }

  @Test
  void cutShortByAByte() throws Exception {
    sandbox.createDrive();
    String expected = workOn(sandbox.image(), sandbox.index(), 1);
    for (String kind : List.of("CURRENT", "MANIFEST-.*", ".*\\.sst", "OPTIONS-.*", "IDENTITY")) {
      Path victim = find(kind);
      try (FileChannel file = FileChannel.open(victim, StandardOpenOption.WRITE)) {
        file.truncate(file.size() - 1);
      }
      String status = assertShows(sandbox.image(), sandbox.index(), expected);
      if (kind.equals("CURRENT")) {
        assertThat(status).contains("is damaged, set aside and made anew");
      }
    }
  }

  private Path find(String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(sandbox.index())) {
      return files
          .filter(file -> file.getFileName().toString().matches(pattern))
          .filter(file -> file.toFile().length() > 0)
          .findFirst()
          .orElseThrow(() -> new AssertionError("the index has no file " + pattern));
    }
  }

  @Test
  void onAFilesystemThatIsFull() throws Exception {
    sandbox.createDrive();
    Path small = smallFilesystem();
    try {
      mountAndFill(small);
      // Until it refuses, which it must not do silently, or until there is much more than room.
      String made = sandbox.python("fill.py", sandbox.mountPoint().toString(), "60000");
      String status = status();
      if (!made.trim().equals("60000")) {
        assertThat(status).contains("index on the host").contains("the drive is not affected");
      }
      assertThat(Integer.parseInt(made.trim())).isPositive();
      // What was acknowledged is on the drive, so there is nothing to wait for.
      sandbox.umount();
      assertThat(sandbox.isMounted()).isFalse();
      mount(sandbox.image(), sandbox.index());
      String there = sandbox.python("fill.py", sandbox.mountPoint().toString(), "verify").trim();
      assertThat(Integer.parseInt(there)).isGreaterThanOrEqualTo(Integer.parseInt(made.trim()));
    } finally {
      sandbox.run(List.of("umount", "-l", "" + small)).orFail();
    }
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void onAFilesystemThatIsFullForAWhile() throws Exception {
    sandbox.createDrive();
    Path small = smallFilesystem();
    try {
      mountAndFill(small);
      Path first = Files.createDirectory(sandbox.mountPoint().resolve("first"));
      // Until the journal is as long as it may be.
      String made = sandbox.python("fill.py", first.toString(), "100000").strip();
      assertThat(Integer.parseInt(made)).isBetween(10_000, 99_999);
      assertThat(status())
          .contains(
              "changes that wait for the host",
              "the drive is not affected",
              "no changes are let in");
      Files.delete(small.resolve("filler"));
      String status = status();
      for (int seconds = 0; seconds < 60 && status.contains("read-only "); seconds++) {
        Thread.sleep(1000);
        status = status();
      }
      assertThat(status)
          .contains("takes changes again", "changes are let in again")
          .doesNotContain("changes that wait");
      Path second = Files.createDirectory(sandbox.mountPoint().resolve("second"));
      assertThat(sandbox.python("fill.py", second.toString(), "1000").strip()).isEqualTo("1000");
      sandbox.umount();
      mount(sandbox.image(), small.resolve("index"));
      String there = sandbox.python("fill.py", first.toString(), "verify").strip();
      assertThat(Integer.parseInt(there)).isGreaterThanOrEqualTo(Integer.parseInt(made));
      assertThat(sandbox.python("fill.py", second.toString(), "verify").strip()).isEqualTo("1000");
      sandbox.umount();
    } finally {
      sandbox.run(List.of("umount", "-l", "" + small)).orFail();
    }
    sandbox.fsck();
  }

  private Path smallFilesystem() throws IOException, InterruptedException {
    Path small = Files.createDirectory(path("small"));
    sandbox
        .run(List.of("mount", "-t", "tmpfs", "-o", "size=24M,mode=755", "none", "" + small))
        .orFail();
    return small;
  }

  private void mountAndFill(Path small) throws Exception {
    mount(sandbox.image(), small.resolve("index"));
    sandbox.run(List.of("bash", "-c", "cat /dev/zero > small/filler")).output();
  }

  private String status() throws IOException, InterruptedException {
    return sandbox.zonefsj("status", sandbox.mountPoint().toString()).orFail();
  }
}
