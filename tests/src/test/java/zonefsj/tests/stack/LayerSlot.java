// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.LayeredZonedDevice;

/**
 * A place for the file of a layer, which can lose the power of its host: of each sector that was
 * written since the last sync, the old or the new bytes are then left. Thread-safe.
 *
 * <p>A layer syncs its file when it is flushed, and when it writes a zone for the first time after
 * a reset. What the file has just after that counts as synced.
 */
final class LayerSlot {
  private static final int SECTOR = 512;

  /** Header, tables and map end earlier; the zones begin at 1 MiB. */
  private static final int HEAD_BYTES = 64 << 10;

  private final Path directory;
  private final String name;
  private final Power power;
  private int files;

  /** Null while there is no layer. */
  private @Nullable Path file;

  /** The whole file as a sync has left it, or a moment later. */
  private byte[] synced = {};

  private int zoneBytes = 1;
  private long zonesAt;

  /** Zones that were changed since. */
  private final BitSet changed = new BitSet();

  /** Zones that were reset and not written since. */
  private final BitSet reset = new BitSet();

  LayerSlot(Path directory, String name, Power power) {
    this.directory = directory;
    this.name = name;
    this.power = power;
  }

  boolean hasLayer() {
    return file != null;
  }

  /** Begins a layer over a drive that is as it is now. */
  void begin(ZonedDevice base) throws IOException {
    Path path = nextFile();
    DiffLayer.create(path, base);
    file = path;
    synced = Files.readAllBytes(path);
    zoneBytes = Math.toIntExact(base.geometry().zoneSizeBytes());
    zonesAt = synced.length - base.geometry().capacityBytes();
  }

  /** Opens the layer; the result owns the drive below, which stays the caller's if this fails. */
  ZonedDevice open(ZonedDevice base, DeviceAccess access) throws IOException {
    return new Socket(DiffLayer.open(path(), base, access));
  }

  /** Merges the layer into the drive below, and removes it. */
  void commit(ZonedDevice base, LayerMerge.Progress progress) throws IOException {
    LayerMerge.commit(path(), base, progress);
    end();
  }

  /** Removes the layer. */
  void drop() throws IOException {
    DiffLayer.drop(path());
    end();
  }

  private void end() throws IOException {
    if (Files.exists(path())) {
      throw new AssertionError(path() + " is still there");
    }
    file = null;
  }

  /** Keeps what a power loss leaves of the file. */
  synchronized void cut(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] before = synced.clone();
    sync();
    int kind = random.nextInt(4);
    for (int at = 0; at < synced.length && kind != 0; at += SECTOR) {
      if (kind == 1 || random.nextBoolean()) {
        System.arraycopy(synced, at, before, at, SECTOR);
      }
    }
    // Whoever has the old file open keeps it.
    Path path = nextFile();
    Files.write(path, before);
    file = path;
    synced = before;
  }

  private Path nextFile() {
    return directory.resolve(name + "." + files++);
  }

  private Path path() {
    Path path = file;
    if (path == null) {
      throw new IllegalStateException("there is no layer");
    }
    return path;
  }

  /** Everything in the file counts as synced. */
  private void sync() throws IOException {
    try (FileChannel from = FileChannel.open(path())) {
      read(from, 0, Math.min(HEAD_BYTES, synced.length));
      for (int zone = changed.nextSetBit(0); zone >= 0; zone = changed.nextSetBit(zone + 1)) {
        long at = zonesAt + (long) zone * zoneBytes;
        read(from, at, (int) Math.min(zoneBytes, synced.length - at));
      }
    }
    changed.clear();
  }

  private void read(FileChannel from, long at, int length) throws IOException {
    ByteBuffer part = ByteBuffer.wrap(synced, (int) at, length);
    while (part.hasRemaining()) {
      if (from.read(part, at + length - part.remaining()) < 0) {
        throw new AssertionError(path() + " is too short");
      }
    }
  }

  private synchronized void noteChange(int zone, boolean isReset) {
    changed.set(zone);
    if (isReset) {
      reset.set(zone);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  /** What a stack sees of the layer. */
  private final class Socket extends GuardedDrive implements StackedDevice {
    private final int openedAfter = power.losses();
    private final StackedDevice layer;
    private volatile boolean closed;

    Socket(LayeredZonedDevice delegate) {
      super(delegate);
      layer = delegate;
    }

    @Override
    void begin() throws IOException {
      if (closed) {
        throw new DeviceException(Reason.CLOSED, -1, "closed");
      }
      end();
    }

    @Override
    void end() throws IOException {
      power.check(openedAfter);
    }

    /** Nothing that is done without power is in the file that is left. */
    private void synced() throws IOException {
      synchronized (LayerSlot.this) {
        end();
        sync();
      }
    }

    private void written(int zone) throws IOException {
      synchronized (LayerSlot.this) {
        if (reset.get(zone)) {
          reset.clear(zone);
          synced();
        }
      }
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      int zone = geometry().zoneOf(positionBytes);
      noteChange(zone, false);
      super.write(positionBytes, sources);
      written(zone);
    }

    @Override
    public long append(int zone, ByteBuffer... sources) throws IOException {
      noteChange(zone, false);
      long position = super.append(zone, sources);
      written(zone);
      return position;
    }

    @Override
    public void flush() throws IOException {
      super.flush();
      synced();
    }

    @Override
    public void reset(int zone) throws IOException {
      noteChange(zone, true);
      super.reset(zone);
    }

    @Override
    public void close() throws IOException {
      closed = true;
      super.close();
    }

    @Override
    public String kind() {
      return layer.kind();
    }

    @Override
    public List<Below> below() {
      return layer.below();
    }
  }
}
