// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The image of a drive is sparse, and the disk that holds it becomes full under a live mount. */
final class FullHostDiskTest {
  private static final int TRIES = 30;

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  private void shell(String command) throws IOException, InterruptedException {
    sandbox.run(List.of("sh", "-c", command)).orFail();
  }

  private void awaitReadOnly() throws IOException, InterruptedException {
    String mountPoint = sandbox.mountPoint().toString();
    String status = "";
    for (int tries = 0; tries < TRIES; tries++) {
      status = sandbox.zonefsj("status", mountPoint).orFail();
      if (status.contains("read-only    a ")) {
        return;
      }
    }
    throw new AssertionError("it did not turn read-only: " + status);
  }

  /** Nothing of it was synced, so it may be lost; but a copy that is lost is no success. */
  @Test
  void anUnmountTellsWhatIsLost() throws Exception {
    Path host = Files.createDirectory(sandbox.home().resolve("host"));
    shell("mount -t tmpfs -o mode=755,size=64M none " + host);
    try {
      sandbox.createDrive();
      Path image = host.resolve("d.img");
      shell("cp --sparse=always " + sandbox.image() + " " + image + " && rm " + sandbox.image());
      Files.createSymbolicLink(sandbox.image(), image);
      // Whatever fails first: it is not written before the disk is full.
      sandbox.mount("commit=300");
      Files.write(sandbox.mountPoint().resolve("early"), new byte[100_000]);
      sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
      Files.write(sandbox.mountPoint().resolve("late"), new byte[100_000]);
      shell("cat /dev/zero > " + host.resolve("filler") + " || true");
      Child.Result synced = sandbox.zonefsj("sync", sandbox.mountPoint().toString());
      assertThat(synced.exitCode()).as(synced.toString()).isNotZero();
      awaitReadOnly();
      Child.Result ended = sandbox.zonefsj("umount", sandbox.mountPoint().toString());
      assertThat(ended.exitCode()).isNotZero();
      assertThat(ended.errors())
          .contains("it is unmounted, but what was written since the last commit is lost")
          .contains("No space left on device");
      assertThat(sandbox.isMounted()).isFalse();
      assertThat(sandbox.daemons()).as("daemons that hold the drive").isEmpty();
      Files.delete(host.resolve("filler"));
      sandbox.mount();
      assertThat(Files.readAllBytes(sandbox.mountPoint().resolve("early"))).hasSize(100_000);
      sandbox.umount();
    } finally {
      if (sandbox.isMounted()) {
        sandbox.zonefsj("umount", sandbox.mountPoint().toString());
      }
      shell("umount -l " + host);
    }
  }

  /** Or the next use of the cache would take it for the file of somebody else. */
  @Test
  void theFileOfACacheThatCannotBeMadeIsNotLeft() throws Exception {
    Path host = Files.createDirectory(sandbox.home().resolve("host"));
    shell("mount -t tmpfs -o mode=755,size=64k none " + host);
    try {
      sandbox.createDrive();
      shell("cat /dev/zero > " + host.resolve("filler") + " || true");
      Path cache = host.resolve("cache");
      String spec = "cache(" + cache + "," + sandbox.image() + ",size=1M)";
      Child.Result full = sandbox.zonefsj("info", spec);
      assertThat(full.exitCode()).isNotZero();
      assertThat(full.errors()).contains("No space left on device");
      assertThat(cache).doesNotExist();
      Files.delete(host.resolve("filler"));
      sandbox.zonefsj("info", spec).orFail();
    } finally {
      shell("umount -l " + host);
    }
  }
}
