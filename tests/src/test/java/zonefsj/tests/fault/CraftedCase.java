// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.dump.VolumeDumper;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.tune.VolumeTune;
import zonefsj.tests.fixture.UsualOptions;

/**
 * What all who read a drive make of a crafted one: each ends with words or goes on; nobody throws
 * what nobody understands, or takes memory without bound.
 */
final class CraftedCase {
  /** Of the heap, by one reader; the drives have 12 MiB. */
  private static final long MAX_ALLOCATED_BYTES = 1L << 30;

  private static final int MAX_INODES = 500;
  private static final int READ_BYTES = 64 << 10;
  private static final int COMMIT_EVERY = 5;

  private static final com.sun.management.ThreadMXBean MEMORY =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Drives drives;
  private final Supplier<MetadataStores> newIndex;
  private final String indexFormat;
  private final SplittableRandom random;

  /**
   * @param newIndex makes a place where no index is yet
   * @param indexFormat of its checkpoints
   */
  CraftedCase(
      Drives drives,
      Supplier<MetadataStores> newIndex,
      String indexFormat,
      SplittableRandom random) {
    this.drives = drives;
    this.newIndex = newIndex;
    this.indexFormat = indexFormat;
    this.random = random;
  }

  /** Hands out the same drive again and again. */
  @FunctionalInterface
  interface Drives {
    RamZonedDevice drive() throws IOException;
  }

  /** Reads a drive. */
  @FunctionalInterface
  private interface Reader {
    void read(RamZonedDevice drive) throws IOException, ErrnoException;
  }

  /** Runs all readers; null if all is well. */
  @Nullable String run() throws IOException {
    String wrong = attempt("check", CraftedCase::check);
    wrong = wrong == null ? attempt("dump", CraftedCase::dump) : wrong;
    wrong = wrong == null ? attempt("mount", drive -> work(drive, false)) : wrong;
    wrong = wrong == null ? attempt("read-only mount", drive -> work(drive, true)) : wrong;
    wrong = wrong == null ? attempt("tune", this::tune) : wrong;
    return wrong == null ? attempt("repair", this::repair) : wrong;
  }

  private @Nullable String attempt(String who, Reader reader) throws IOException {
    long before = MEMORY.getThreadAllocatedBytes(Thread.currentThread().getId());
    try (RamZonedDevice drive = drives.drive()) {
      reader.read(drive);
    } catch (IOException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        return who + " refuses without words: " + refused;
      }
    } catch (ErrnoException refused) {
      return who + " answers " + refused;
    }
    long allocated = MEMORY.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    return allocated > MAX_ALLOCATED_BYTES ? who + " allocates " + allocated + " bytes" : null;
  }

  private static void check(RamZonedDevice drive) throws IOException {
    VolumeChecker.check(drive, true, ProgressListener.NONE);
  }

  private static void dump(RamZonedDevice drive) throws IOException {
    VolumeDumper.dump(drive, new StringBuilder());
  }

  private void tune(RamZonedDevice drive) throws IOException {
    new VolumeTune("other", null)
        .apply(
            drive,
            Scratch.ofSystem(),
            indexFormat,
            FaultyVolume.CLOCK,
            random.split(),
            ProgressListener.NONE);
  }

  private void repair(RamZonedDevice drive) throws IOException, ErrnoException {
    VolumeRepair.repair(
        drive,
        new VolumeRepair.Plan(
            true,
            random.nextBoolean(),
            Scratch.ofSystem(),
            indexFormat,
            FaultyVolume.CLOCK,
            random.split()),
        ProgressListener.NONE);
    work(drive, false);
  }

  /** Mounts, looks at everything, changes something, and mounts again. */
  private void work(RamZonedDevice drive, boolean readOnly) throws IOException, ErrnoException {
    MetadataStores index = newIndex.get();
    Volume volume = mount(drive, index, readOnly);
    boolean done = false;
    try {
      List<Found> found = walk(volume.fileSystem());
      if (!readOnly) {
        change(volume.fileSystem());
        changeWhatIsThere(volume.fileSystem(), found);
        if (volume.isReadOnly()) {
          // Nothing of the drive fails.
          throw new CraftedStopException(volume.status().errors());
        }
      }
      done = true;
    } finally {
      if (!done) {
        volume.abandon();
      }
    }
    volume.close();
    if (!readOnly) {
      mount(drive, index, false).close();
    }
  }

  private Volume mount(RamZonedDevice drive, MetadataStores index, boolean readOnly)
      throws IOException {
    return FaultyVolume.mounting(random.split(), index)
        .with(readOnly ? UsualOptions.readOnly() : VolumeOptions.DEFAULT)
        .on(drive);
  }

  /** What a request of the kernel's may answer. */
  @FunctionalInterface
  private interface Request {
    void ask() throws IOException, ErrnoException;
  }

  /** Any errno will do, and what becomes one. */
  private static void ask(Request request) {
    try {
      request.ask();
    } catch (IOException | ErrnoException answered) {
      // One file is not to be read: the others are.
      return;
    }
  }

  /** A name of the drive. */
  @SuppressWarnings("ArrayRecordComponent") // a name is bytes, never changed
  private record Found(long directory, byte[] name, long inode) {}

  private static List<Found> walk(ZoneFileSystem files) {
    List<Found> found = new ArrayList<>();
    ArrayDeque<Long> directories = new ArrayDeque<>(List.of(ZoneFileSystem.ROOT_INODE));
    Set<Long> seen = new HashSet<>(directories);
    while (!directories.isEmpty() && seen.size() < MAX_INODES) {
      long directory = directories.remove();
      List<byte[]> names = new ArrayList<>();
      ask(
          () -> {
            long handle = files.openDirectory(directory);
            files.readDirectory(
                handle,
                0,
                (name, child, mode, next) -> {
                  names.add(name.clone());
                  return names.size() < MAX_INODES;
                });
            files.releaseDirectory(handle);
          });
      for (byte[] name : names) {
        ask(
            () -> {
              Attributes attributes = files.lookup(directory, name);
              found.add(new Found(directory, name, attributes.inode()));
              if (seen.add(attributes.inode())) {
                look(files, attributes);
                if (attributes.isDirectory()) {
                  directories.add(attributes.inode());
                }
              }
            });
      }
    }
    return found;
  }

  /** Each change may be refused; none may end those of others. */
  private void changeWhatIsThere(ZoneFileSystem files, List<Found> found) {
    int changes = 0;
    for (Found one : found) {
      changeOne(files, one);
      if (++changes % COMMIT_EVERY == 0) {
        ask(files::sync);
      }
    }
    ask(files::sync);
    for (int at = found.size() - 1; at >= 0; at--) {
      Found one = found.get(at);
      ask(() -> files.unlink(Caller.ROOT, one.directory(), one.name()));
      ask(() -> files.removeDirectory(Caller.ROOT, one.directory(), one.name()));
    }
    ask(files::sync);
    ask(files::statistics);
  }

  private void changeOne(ZoneFileSystem files, Found one) {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[1 + random.nextInt(READ_BYTES)]);
    switch (random.nextInt(6)) {
      case 0 -> ask(() -> writeTo(files, one.inode(), random.nextInt(READ_BYTES), bytes, false));
      case 1 -> ask(() -> writeTo(files, one.inode(), 0, bytes, true));
      case 2 ->
          ask(
              () ->
                  files.setAttributes(
                      Caller.ROOT,
                      one.inode(),
                      new AttributeChange(
                          0640, null, null, (long) random.nextInt(READ_BYTES), null, null)));
      case 3 ->
          ask(
              () ->
                  files.rename(
                      Caller.ROOT,
                      one.directory(),
                      one.name(),
                      ZoneFileSystem.ROOT_INODE,
                      ("moved" + random.nextInt(5)).getBytes(StandardCharsets.US_ASCII),
                      RenameMode.REPLACE));
      case 4 -> {
        ask(
            () ->
                files.setXattr(
                    Caller.ROOT,
                    one.inode(),
                    "user.x".getBytes(StandardCharsets.US_ASCII),
                    new byte[100],
                    XattrMode.ANY));
        ask(
            () ->
                files.link(
                    Caller.ROOT,
                    one.inode(),
                    ZoneFileSystem.ROOT_INODE,
                    ("linked" + random.nextInt(1000)).getBytes(StandardCharsets.US_ASCII)));
      }
      default -> ask(() -> files.unlink(Caller.ROOT, one.directory(), one.name()));
    }
  }

  private static void writeTo(
      ZoneFileSystem files, long inode, long offset, ByteBuffer bytes, boolean appends)
      throws IOException, ErrnoException {
    long handle = files.open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
    ask(
        () ->
            files.write(handle, offset, bytes, new WriteMode(Caller.ROOT, appends, false, false)));
    ask(() -> files.fsync(handle));
    files.release(handle);
  }

  /** A mount of a drive that fails nowhere takes no more changes. */
  private static final class CraftedStopException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CraftedStopException(List<String> errors) {
      super("a crafted record of one file stops the volume: " + errors);
    }
  }

  private static void look(ZoneFileSystem files, Attributes attributes) {
    long inode = attributes.inode();
    ask(() -> files.attributes(inode));
    ask(
        () -> {
          for (byte[] name : files.listXattrs(Caller.ROOT, inode)) {
            files.getXattr(inode, name);
          }
        });
    if (FileMode.isSymlink(attributes.mode())) {
      ask(() -> files.readLink(inode));
    } else if (!attributes.isDirectory()) {
      ask(
          () -> {
            long handle = files.open(Caller.ROOT, inode, OpenFlags.READ);
            ask(() -> files.read(handle, 0, ByteBuffer.allocate(READ_BYTES)));
            long end = Math.max(0, attributes.sizeBytes() - READ_BYTES);
            ask(() -> files.read(handle, end, ByteBuffer.allocate(READ_BYTES)));
            ask(() -> files.seek(handle, 0, true));
            files.release(handle);
          });
    }
  }

  private static void change(ZoneFileSystem files) {
    ask(
        () -> {
          byte[] name = {'n', 'e', 'w'};
          byte[] other = {'o', 'l', 'd'};
          ZoneFileSystem.Created made =
              files.create(
                  Caller.ROOT, ZoneFileSystem.ROOT_INODE, name, 0644, OpenFlags.READ_WRITE);
          files.write(made.handle(), 5000, ByteBuffer.wrap(new byte[20_000]), false);
          files.fsync(made.handle());
          files.release(made.handle());
          files.link(Caller.ROOT, made.attributes().inode(), ZoneFileSystem.ROOT_INODE, other);
          files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name);
        });
    ask(files::sync);
    ask(files::statistics);
  }
}
