// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.gc.ChunkWalker;
import zonefsj.tests.fixture.ForgedChunk;
import zonefsj.zonemgr.FrameKind;

/** Without an index the summaries of chunks tell what is whose; files may contain such, too. */
final class SalvageTest {
  private static final int UNIT_BYTES = 4096;
  private static final byte[] VICTIM = FaultyVolume.random(1, 60_000);
  private static final byte[] LATER = FaultyVolume.random(2, 60_000);
  private static final byte[] FORGED = FaultyVolume.random(3, UNIT_BYTES);

  private static SuperblockEntry entry(FaultyVolume drive) throws IOException {
    List<ZoneDescriptor> report = drive.ram.report(0, drive.ram.geometry().zoneCount());
    SuperblockEntry entry = new SuperblockFinder(drive.ram, report).inSuperblock();
    if (entry == null) {
      throw new AssertionError("the superblock log is whole");
    }
    return entry;
  }

  /** A chunk that says it holds the beginning of a file. */
  private static byte[] forged(SuperblockEntry entry, long epoch, long inode) {
    ByteBuffer frame = ByteBuffer.allocate(2 * UNIT_BYTES);
    frame.put(UNIT_BYTES, FORGED);
    ByteBuffer payload = ForgedChunk.putSummary(frame, inode, 0, ByteBuffer.wrap(FORGED));
    ForgedChunk.header(
            FrameKind.CHUNK, 0, entry.filesystem(), epoch, 1L << 61, payload, frame.capacity())
        .encode(frame.position(0));
    return frame.array();
  }

  /** Damages the header of the chunk that begins with data of a file, and forgets all names. */
  private static void damage(FaultyVolume drive, long inode) throws IOException {
    SuperblockEntry entry = entry(drive);
    for (ZoneView zone : drive.volume().zones()) {
      if (zone.role().equals("checkpoint")) {
        for (long at = 100; at < zone.descriptor().writtenBytes(); at += UNIT_BYTES) {
          drive.rot.flip(zone.descriptor().startBytes() + at);
        }
      }
      ChunkWalker chunks = new ChunkWalker(drive.ram, entry.filesystem(), zone.descriptor());
      for (ChunkWalker.FoundChunk found = chunks.next(); found != null; found = chunks.next()) {
        if (found.summary().pieces().get(0).inode() == inode) {
          drive.rot.flip(found.framePosition() + 5);
        }
      }
    }
  }

  /** Lets the journal leave the zones where it has the extents of files. */
  private static void forgetJournal(FaultyVolume drive) throws Exception {
    for (int round = 0; round < 100; round++) {
      drive.writeDurably("small", new byte[] {(byte) round});
    }
    drive.volume().checkpoint();
    drive.remount();
  }

  private static byte[] salvaged(FaultyVolume drive, long inode) throws Exception {
    VolumeRepair.repair(
        drive.rot,
        new VolumeRepair.Plan(
            true, true, Scratch.ofSystem(), "pairs-1", FaultyVolume.CLOCK, new SplittableRandom(9)),
        ProgressListener.NONE);
    drive.stores.lose();
    drive.mountAgain();
    long handle = drive.fileSystem().open(Caller.ROOT, inode, OpenFlags.READ);
    try {
      ByteBuffer bytes = ByteBuffer.allocate(VICTIM.length);
      drive.fileSystem().read(handle, 0, bytes);
      return bytes.array();
    } finally {
      drive.fileSystem().release(handle);
    }
  }

  @Test
  void whatAFileSaysReplacesNoOther() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("victim", VICTIM);
      long victim = drive.inode("victim");
      byte[] content = new byte[100_000];
      SuperblockEntry entry = entry(drive);
      byte[] now = forged(entry, entry.epoch(), victim);
      byte[] neverWritten = forged(entry, entry.epoch() + 1000, victim);
      System.arraycopy(now, 0, content, 2 * UNIT_BYTES, now.length);
      System.arraycopy(neverWritten, 0, content, 6 * UNIT_BYTES, neverWritten.length);
      drive.writeDurably("forger", content);
      long forger = drive.inode("forger");
      forgetJournal(drive);
      damage(drive, forger);
      drive.unmount();
      assertThat(salvaged(drive, victim)).isEqualTo(VICTIM);
    }
  }

  /** Nobody knows whether there were data: a read fails, however long the hole is. */
  @Test
  void holesOfALongFileAreNotShownAsZeros() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("lost", VICTIM);
      drive.writeDurably("long", LATER);
      drive.write("long", 3L << 30, LATER);
      drive.write("long", 6L << 30, LATER);
      drive.fileSystem().sync();
      long lost = drive.inode("lost");
      long inode = drive.inode("long");
      forgetJournal(drive);
      damage(drive, lost);
      drive.unmount();
      assertThat(Arrays.copyOf(salvaged(drive, inode), LATER.length)).isEqualTo(LATER);
      long handle = drive.fileSystem().open(Caller.ROOT, inode, OpenFlags.READ);
      ByteBuffer bytes = ByteBuffer.allocate(UNIT_BYTES);
      assertThatThrownBy(() -> drive.fileSystem().read(handle, 1L << 30, bytes))
          .isInstanceOfSatisfying(
              ErrnoException.class, refused -> assertThat(refused.errno()).isEqualTo(Errno.EIO));
      drive.fileSystem().release(handle);
    }
  }

  /** Only where nothing else is known: otherwise one bad block would cost the rest of its zone. */
  @Test
  void dataBehindALostHeaderAreFound() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("lost", VICTIM);
      drive.writeDurably("kept", LATER);
      long lost = drive.inode("lost");
      long kept = drive.inode("kept");
      forgetJournal(drive);
      damage(drive, lost);
      drive.unmount();
      assertThat(Arrays.copyOf(salvaged(drive, kept), LATER.length)).isEqualTo(LATER);
    }
  }
}
