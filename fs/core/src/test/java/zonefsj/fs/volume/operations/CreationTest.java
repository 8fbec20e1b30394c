// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;

/** What a new inode gets from the directory that it is made in. */
class CreationTest {
  private static final int GROUP = 50;
  private static final Caller STRANGER = new Caller(1000, 1000, 0);
  private static final Caller MEMBER = new Caller(1000, GROUP, 0);

  private RamZonedDevice drive;
  private Volume volume;
  private ZoneFileSystem files;
  private long shared;
  private int number;

  @BeforeEach
  void mount() throws Exception {
    drive = FormattedDrive.create();
    volume = Volume.mount(drive, VolumeOptions.DEFAULT, ProgressListener.NONE);
    files = volume.fileSystem();
    Caller owner = new Caller(0, GROUP, 0);
    shared = files.makeDirectory(owner, ZoneFileSystem.ROOT_INODE, name(), 0777).inode();
    files.setAttributes(Caller.ROOT, shared, AttributeChange.ofMode(02777));
  }

  @AfterEach
  void unmount() throws Exception {
    volume.close();
    drive.close();
  }

  private byte[] name() {
    return ("n" + ++number).getBytes(UTF_8);
  }

  private void isMade(Caller caller, int mode, int expected) throws ErrnoException, IOException {
    Attributes[] made = {
      files.create(caller, shared, name(), mode, OpenFlags.READ_WRITE).attributes(),
      files.createUnnamed(caller, shared, mode, OpenFlags.READ_WRITE).attributes(),
      files.makeNode(caller, shared, name(), FileMode.REGULAR | mode, 0)
    };
    for (Attributes file : made) {
      assertThat(file.gid()).isEqualTo(GROUP);
      assertThat(Integer.toOctalString(file.mode() & FileMode.PERMISSION_MASK))
          .isEqualTo(Integer.toOctalString(expected));
    }
  }

  @Test
  void nobodyGetsIntoAGroupByAProgramInItsDirectory() throws Exception {
    isMade(STRANGER, 02775, 0775);
    isMade(STRANGER, 06711, 04711);
    // Before the umask: a chmod of the owner must not bring back what it hides.
    isMade(STRANGER.withUmask(010), 02775, 0765);
    isMade(STRANGER, 02765, 02765);
    isMade(MEMBER, 02775, 02775);
    isMade(Caller.ROOT, 02775, 02775);
  }

  @Test
  void aDirectoryHandsItsGroupDown() throws Exception {
    Attributes below = files.makeDirectory(STRANGER, shared, name(), 0775);
    assertThat(below.gid()).isEqualTo(GROUP);
    assertThat(below.mode() & FileMode.PERMISSION_MASK).isEqualTo(02775);
  }
}
