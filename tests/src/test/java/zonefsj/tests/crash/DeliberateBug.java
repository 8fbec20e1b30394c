// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem.Call;
import zonefsj.zonemgr.FrameKind;

/** Bugs that the tester must find: a test that cannot fail proves nothing. */
enum DeliberateBug implements FaultHook {
  /** No flush reaches the drive. */
  FLUSH_LEFT_OUT {
    @Override
    public ZonedDevice device(ZonedDevice recording) {
      return new FilterZonedDevice(recording) {
        @Override
        public void flush() {}
      };
    }
  },

  /** The journal record is written behind the flush that is to make it durable. */
  RECORD_BEHIND_THE_FLUSH {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.behindTheFlush(said, Reordering.writes(FrameKind.JOURNAL));
    }
  },

  /** Data and journal record change places: the flush is between them. */
  DATA_BEHIND_THE_FLUSH {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.behindTheFlush(said, Reordering.writes(FrameKind.CHUNK));
    }
  },

  /** The frame that proves a flush is written before that flush. */
  PROOF_BEFORE_THE_FLUSH {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.beforeTheFlush(said, Reordering.writes(FrameKind.JOURNAL));
    }
  },

  /** A superblock entry names a checkpoint that is not durable yet. */
  ROOT_BEFORE_ITS_CHECKPOINT {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.beforeTheFlush(said, Reordering.writes(FrameKind.ROOT));
    }
  },

  /** A zone is reset before it is durable that nothing in it is needed. */
  RESET_BEFORE_DURABLE {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.beforeTheFlush(said, Reset.class::isInstance);
    }
  },

  /** The allocator hands out a zone whose reset came before what emptied it was durable. */
  REUSE_OF_AN_UNDURABLE_RESET {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.resetACommitEarly(said);
    }
  },

  /** The last block of some writes is lost although they were flushed. */
  END_OF_WRITE_LOST {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.changed(said, DeliberateBug::withoutEnd);
    }
  },

  /** A bit turns in some writes. */
  BIT_TURNED {
    @Override
    public List<DriveChange> record(List<DriveChange> said) {
      return Reordering.changed(said, DeliberateBug::withTurnedBit);
    }
  },

  /** Recovery believes what lies below the write pointers and verifies no checksum. */
  CHECKSUM_NOT_VERIFIED {
    @Override
    public ZonedDevice crashed(ZonedDevice left, CrashStates crashes, int cut) throws IOException {
      return new UncheckedReadDevice(left, crashes.after(cut, SurvivingChanges.ALL).drive());
    }
  },

  /** The applied position is not in the batch: the index claims more than it has. */
  POSITION_OUTSIDE_THE_BATCH {
    @Override
    public MetadataStores index(MemoryMetadataStores left, MemoryMetadataStores newest)
        throws IOException {
      return BrokenIndexes.markAhead(left, newest);
    }
  },

  /** Replay is not idempotent: a batch that is applied again counts again. */
  REPLAY_NOT_IDEMPOTENT {
    @Override
    public MetadataStores index(MemoryMetadataStores left, MemoryMetadataStores newest)
        throws IOException {
      return BrokenIndexes.appliedTwice(left, newest);
    }
  },

  /** The families of the index are not flushed as one. */
  FAMILIES_FLUSHED_APART {
    @Override
    public MetadataStores index(MemoryMetadataStores left, MemoryMetadataStores newest)
        throws IOException {
      return BrokenIndexes.familiesApart(left, newest);
    }
  },

  /** fsync answers at once. */
  FSYNC_IGNORED {
    @Override
    public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
      return InterceptedFileSystem.of(volume, "fsync", call -> null);
    }
  },

  /** fsync of a directory answers at once. */
  FSYNC_OF_A_DIRECTORY_IGNORED {
    @Override
    public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
      Set<@Nullable Object> directories = new HashSet<>();
      ZoneFileSystem noting =
          InterceptedFileSystem.of(
              volume,
              "openDirectory",
              call -> {
                Object handle = call.goOn();
                directories.add(handle);
                return handle;
              });
      return InterceptedFileSystem.of(
          noting, "fsync", call -> directories.contains(call.argument(0)) ? null : call.goOn());
    }

    @Override
    boolean isEnumerated() {
      return true;
    }
  },

  /** O_SYNC is taken for a hint. */
  O_SYNC_IGNORED {
    @Override
    public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
      return InterceptedFileSystem.of(
          volume,
          "open",
          call -> {
            OpenFlags flags = (OpenFlags) call.argument(2);
            call.arguments()[2] =
                new OpenFlags(flags.read(), flags.write(), flags.append(), false, false);
            return call.goOn();
          });
    }

    @Override
    boolean isEnumerated() {
      return true;
    }
  },

  /** rename over a file removes that, and then renames. */
  RENAME_AS_DELETE_AND_CREATE {
    @Override
    public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
      return InterceptedFileSystem.of(
          volume,
          "rename",
          call -> {
            if (call.argument(5) == RenameMode.REPLACE) {
              removeTarget(call);
            }
            return call.goOn();
          });
    }
  },

  /** A write is cut into two that are committed apart. */
  WRITE_IN_TWO_COMMITS {
    @Override
    public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
      return InterceptedFileSystem.of(volume, "write", DeliberateBug::writeInTwo);
    }
  };

  /** Whether the enumerated sequences find it; the random workloads find the others. */
  boolean isEnumerated() {
    return false;
  }

  @Override
  public boolean isHonest() {
    return false;
  }

  private static Write withoutEnd(Write write) {
    int block = 4096;
    if (write.bytes().length <= block || write.positionBytes() / block % 5 != 0) {
      return write;
    }
    byte[] bytes = write.bytes().clone();
    Arrays.fill(bytes, bytes.length - block, bytes.length, (byte) 0);
    return new Write(write.zone(), write.positionBytes(), bytes);
  }

  private static Write withTurnedBit(Write write) {
    if (write.positionBytes() / 4096 % 7 != 0 || write.bytes().length == 0) {
      return write;
    }
    byte[] bytes = write.bytes().clone();
    bytes[bytes.length * 3 / 4] ^= 0x10;
    return new Write(write.zone(), write.positionBytes(), bytes);
  }

  private static void removeTarget(Call call) throws IOException {
    try {
      ZoneFileSystem volume = call.fileSystem();
      Attributes source = volume.lookup(call.number(1), call.bytes(2));
      Attributes target = volume.lookup(call.number(3), call.bytes(4));
      if (source.isRegular() && target.isRegular() && source.inode() != target.inode()) {
        volume.unlink(Caller.ROOT, call.number(3), call.bytes(4));
        volume.sync();
      }
    } catch (ErrnoException refused) {
      // What follows will be refused in the same way, and answered to the caller.
      return;
    }
  }

  private static Object writeInTwo(Call call) throws Exception {
    ZoneFileSystem volume = call.fileSystem();
    ByteBuffer bytes = (ByteBuffer) call.argument(2);
    int all = bytes.remaining();
    int first = all / 2;
    long offset = call.number(1);
    volume.write(call.number(0), offset, bytes.slice(bytes.position(), first), false);
    volume.sync();
    volume.write(
        call.number(0), offset + first, bytes.slice(bytes.position() + first, all - first), false);
    return all;
  }
}
