// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.XattrMode;
import zonefsj.fs.volume.check.VolumeChecker;

/** An inode with any number of extended attributes is deleted in one short record. */
class ManyAttributesTest {
  private static final byte[] VALUE = {1};

  private static void put(FaultyVolume drive, int from, int to) throws ErrnoException, IOException {
    put(drive, "user.attribute-", from, to);
  }

  private static void put(FaultyVolume drive, String prefix, int from, int to)
      throws ErrnoException, IOException {
    long inode = drive.inode("file");
    for (int number = from; number < to; number++) {
      byte[] name = (prefix + number).getBytes(StandardCharsets.US_ASCII);
      drive.fileSystem().setXattr(Caller.ROOT, inode, name, VALUE, XattrMode.ANY);
    }
  }

  /** Some are in the index, some in the batch that the deletion is in. */
  @ParameterizedTest
  @ValueSource(ints = {10, 64, 65, 5_000})
  void allGoInOneShortRecord(int attributes) throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(120))) {
      drive.write("other", 0, VALUE);
      drive.write("file", 0, VALUE);
      put(drive, 0, attributes);
      drive.fileSystem().sync();
      put(drive, attributes - 5, attributes + 5);
      long before = drive.volume().status().journalBytes();
      drive.unlink("file");
      drive.fileSystem().sync();
      assertThat(drive.volume().status().journalBytes() - before)
          .as("bytes of the record")
          .isLessThan(16 << 10);
      drive.crash(true);
      assertThat(drive.exists("file")).isFalse();
      drive.unmount();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
      drive.mountAgain();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 10_000})
  void aListIsNoLongerThanTheKernelTakes(int attributes) throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(120))) {
      drive.write("file", 0, VALUE);
      put(drive, 0, attributes);
      int listed = drive.fileSystem().listXattrs(Caller.ROOT, drive.inode("file")).size();
      assertThat(listed)
          .isLessThanOrEqualTo(attributes)
          .isGreaterThanOrEqualTo(Math.min(100, attributes));
      assertThat(listed).isLessThan(65_536 / 16);
    }
  }

  /** Those that only root may see take no room in the list of others. */
  @Test
  void aListOfAnotherUserIsWholeBesideAnyNumberOfHiddenNames() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(120))) {
      drive.write("file", 0, VALUE);
      put(drive, "trusted.attribute-", 0, 5_000);
      put(drive, "user.attribute-", 0, 1);
      assertThat(drive.fileSystem().listXattrs(new Caller(1000, 1000, 0), drive.inode("file")))
          .containsExactly("user.attribute-0".getBytes(StandardCharsets.US_ASCII));
    }
  }
}
