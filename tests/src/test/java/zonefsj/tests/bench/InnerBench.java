// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.zonemgr.BlockChecksums;

/**
 * The inner parts of a mount, without the kernel, RocksDB and a medium: operations of a volume on a
 * drive in memory with an index in memory, all work done by the calling thread. {@link InnerCosts}
 * runs it and compares the results with those that are kept.
 *
 * <p>Threading: one thread in a process of its own.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class InnerBench {
  /** A mounted volume with one file of data and many small ones. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls open first
  public static class Mounted {
    private static final int BLOCK_BYTES = 4096;
    private static final int BLOCKS = 8192;
    private static final int NAMES = 1000;

    private final SplittableRandom random = new SplittableRandom(1);
    private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    private final ByteBuffer megabyte = ByteBuffer.allocateDirect(1 << 20);
    private final byte[] fresh = name(-1);
    private Volume volume;
    private ZoneFileSystem files;
    private long handle;

    /** Mounts it and writes the files. */
    @Setup
    public void open() throws ErrnoException, IOException {
      RamZonedDevice drive =
          RamZonedDevice.create(EmulatedGeometry.builder(256 << 20).zoneSizeBytes(2 << 20).build());
      new DriveFormat("inner", new UUID(0, 1)).format(drive);
      volume =
          VolumeMount.of(Clock.systemUTC(), new SplittableRandom(1), new MemoryMetadataStores())
              .on(drive);
      files = volume.fileSystem();
      handle = create(name(NAMES));
      for (int at = 0; at < BLOCKS; at++) {
        write((long) at * BLOCK_BYTES);
      }
      for (int number = 0; number < NAMES; number++) {
        files.release(create(name(number)));
      }
      files.sync();
    }

    private long create(byte[] name) throws ErrnoException, IOException {
      return files
          .create(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name, 0644, OpenFlags.READ_WRITE)
          .handle();
    }

    private static byte[] name(int number) {
      return ("file-" + number).getBytes(StandardCharsets.UTF_8);
    }

    private void write(long offset) throws ErrnoException, IOException {
      files.write(handle, offset, block.clear(), WriteMode.PLAIN);
    }

    private long anyOffset() {
      return (long) random.nextInt(BLOCKS) * BLOCK_BYTES;
    }

    private byte[] anyName() {
      return name(random.nextInt(NAMES));
    }

    /** Unmounts it. */
    @TearDown
    public void close() throws IOException {
      volume.close();
    }
  }

  /** A write of 4 KiB at random, and its share of commits and collection. */
  @Benchmark
  public void write(Mounted mount) throws ErrnoException, IOException {
    mount.write(mount.anyOffset());
  }

  /** The same with an fsync: a journal record, a flush, and the change of the index. */
  @Benchmark
  public void writeAndFsync(Mounted mount) throws ErrnoException, IOException {
    mount.write(mount.anyOffset());
    mount.files.fsync(mount.handle);
  }

  /** A read of 4 KiB at random. */
  @Benchmark
  public int read(Mounted mount) throws ErrnoException, IOException {
    return mount.files.read(mount.handle, mount.anyOffset(), mount.block.clear());
  }

  /** A look-up of a name. */
  @Benchmark
  public Attributes lookup(Mounted mount) throws ErrnoException, IOException {
    return mount.files.lookup(ZoneFileSystem.ROOT_INODE, mount.anyName());
  }

  /** A file of 4 KiB that is created, written, closed and deleted. */
  @Benchmark
  public void createAndDelete(Mounted mount) throws ErrnoException, IOException {
    long created = mount.create(mount.fresh);
    mount.files.write(created, 0, mount.block.clear(), WriteMode.PLAIN);
    mount.files.release(created);
    mount.files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, mount.fresh);
  }

  /** The checksums of a write buffer. */
  @Benchmark
  public BlockChecksums checksum(Mounted mount) {
    return BlockChecksums.of(mount.megabyte.clear());
  }
}
