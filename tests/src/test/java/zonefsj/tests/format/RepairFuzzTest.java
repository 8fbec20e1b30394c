// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.tests.crash.LogSilencer;

/**
 * Nonsense in the index, under checksums that are right: check and mount end with words, and after
 * a repair the filesystem is clean and every name in it leads to something.
 */
class RepairFuzzTest {
  private static final int SEEDS = 300;
  private static final long[] LIMITS = {
    0, 1, -1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 61
  };

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Pair(ColumnFamily family, byte[] key, byte[] value) {}

  private final List<String> wrong = new ArrayList<>();

  @Test
  void nonsenseIsMended() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        RamZonedDevice filled = SmallVolume.filled()) {
      for (int seed = 1; seed <= SEEDS; seed++) {
        try (RamZonedDevice device = filled.snapshot()) {
          SplittableRandom random = new SplittableRandom(seed);
          SmallVolume.forge(device, (index, batch) -> forge(index, batch, random));
          String found = attempt(device);
          if (found != null) {
            wrong.add("seed " + seed + ": " + found);
          }
        } catch (RuntimeException | AssertionError thrown) {
          wrong.add("seed " + seed + ": throws " + stack(thrown));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static void forge(MetadataStore index, BatchRecord.Builder batch, SplittableRandom random)
      throws IOException {
    List<Pair> pairs = new ArrayList<>();
    for (ColumnFamily family : ColumnFamily.values()) {
      index.scan(
          family, new byte[0], null, (key, value) -> pairs.add(new Pair(family, key, value)));
    }
    for (int change = random.nextInt(4); change >= 0; change--) {
      Pair pair = pairs.get(random.nextInt(pairs.size()));
      switch (random.nextInt(6)) {
        case 0 -> batch.put(pair.family(), pair.key(), null);
        case 1, 2, 3 -> batch.put(pair.family(), pair.key(), mutate(pair.value(), random));
        case 4 -> batch.put(pair.family(), mutate(pair.key(), random), pair.value());
        default -> {
          Pair other = pairs.get(random.nextInt(pairs.size()));
          batch.put(pair.family(), pair.key(), other.value());
        }
      }
    }
  }

  private static byte[] mutate(byte[] bytes, SplittableRandom random) {
    if (bytes.length == 0 || random.nextInt(10) == 0) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length + 9));
    }
    byte[] changed = bytes.clone();
    int at = random.nextInt(changed.length);
    ByteBuffer target = ByteBuffer.wrap(changed);
    long limit = LIMITS[random.nextInt(LIMITS.length)];
    if (random.nextBoolean() || at + Integer.BYTES > changed.length) {
      changed[at] ^= (byte) (1 + random.nextInt(255));
    } else if (random.nextBoolean() || at + Long.BYTES > changed.length) {
      target.putInt(at, (int) limit);
    } else {
      target.putLong(at, limit);
    }
    return changed;
  }

  private static @org.jspecify.annotations.Nullable String attempt(RamZonedDevice device)
      throws IOException {
    VolumeChecker.CheckResult before = VolumeChecker.check(device, true, ProgressListener.NONE);
    try (RamZonedDevice copy = device.snapshot();
        Volume volume = SmallVolume.mount(copy, new MemoryMetadataStores())) {
      walk(volume.fileSystem(), ZoneFileSystem.ROOT_INODE, 0);
    } catch (IOException | ErrnoException refused) {
      if (refused.getMessage() == null) {
        return "refused without words: " + refused;
      }
    }
    VolumeRepair.Result result = SmallVolume.repair(device, true);
    if (!result.after().findings().isEmpty()) {
      return "not repaired: " + result.after().findings() + " after " + result.done();
    }
    try (Volume volume = SmallVolume.mount(device, new MemoryMetadataStores())) {
      walk(volume.fileSystem(), ZoneFileSystem.ROOT_INODE, 0);
    } catch (ErrnoException refused) {
      return "before " + before.findings() + ": after the repair " + refused.getMessage();
    }
    return null;
  }

  private static void walk(ZoneFileSystem files, long directory, int depth)
      throws IOException, ErrnoException {
    if (depth > 20) {
      return;
    }
    List<byte[]> names = new ArrayList<>();
    long handle = files.openDirectory(directory);
    files.readDirectory(handle, 0, (name, child, mode, next) -> names.add(name.clone()));
    files.releaseDirectory(handle);
    for (byte[] name : names.subList(2, names.size())) {
      Attributes attributes = files.lookup(directory, name);
      if (attributes.isDirectory()) {
        walk(files, attributes.inode(), depth + 1);
      } else if (attributes.isRegular()) {
        read(files, attributes);
      }
    }
  }

  private static void read(ZoneFileSystem files, Attributes attributes)
      throws IOException, ErrnoException {
    long handle = files.open(zonefsj.fs.Caller.ROOT, attributes.inode(), OpenFlags.READ);
    try {
      files.read(handle, 0, ByteBuffer.allocate((int) Math.min(1 << 20, attributes.sizeBytes())));
    } catch (ErrnoException refused) {
      if (refused.errno() != zonefsj.fs.Errno.EIO) {
        throw refused;
      }
    } finally {
      files.release(handle);
    }
  }

  private static String stack(Throwable failed) {
    StringBuilder words = new StringBuilder(failed.toString());
    for (int frame = 0; frame < Math.min(10, failed.getStackTrace().length); frame++) {
      words.append("\n    ").append(failed.getStackTrace()[frame]);
    }
    return words.toString();
  }
}
