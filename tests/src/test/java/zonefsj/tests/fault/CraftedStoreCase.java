// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.Volume;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.dir.DirectoryStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/**
 * A drive on a store whose objects somebody changed, with checksums that are right, and with a log
 * whose entries follow each other: see {@link CraftedCommands}.
 */
final class CraftedStoreCase {
  /** Few, so that the log names checkpoints. */
  private static final int CHECKPOINT_ENTRIES = 4;

  /** A format writes a few zones, whatever is there. */
  private static final long MOST_GROWTH_BYTES = 16L << 20;

  private static final long LONG_OBJECT_BYTES = 3L << 30;

  private static final String VOLUME = "volume";
  private static final String LOG = "log/";
  private static final String ZONES = "zones/";

  /** Where an object has what: see FORMAT.md. */
  private static final int CRC_AT = 12;

  private static final int NUMBER_AT = 32;
  private static final int LENGTH_AT = 40;
  private static final int HEADER_BYTES = 48;
  private static final int PREVIOUS_CRC_AT = 48;
  private static final int OWNER_BYTES_AT = 52;
  private static final int CHECKPOINT_BYTES_AT = 68;
  private static final int CHANGES_AT = 72;

  /** Fields of {@code volume}, with their lengths. */
  private static final int[][] VOLUME_FIELDS = {
    {48, 8}, {56, 8}, {64, 8}, {72, 4}, {76, 4}, {80, 4}, {84, 4}, {88, 8}, {96, 8}
  };

  private final Map<String, byte[]> good;

  /** Makes a good drive with a filesystem. */
  CraftedStoreCase() throws IOException, ErrnoException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      try (ObjectStore store = DirectoryStore.open(directory, false)) {
        StoreZonedDevice.create(
            store, new UUID(0xc4af, 12), FaultyVolume.small(), CHECKPOINT_ENTRIES);
      }
      try (StoreZonedDevice drive = open(directory)) {
        new DriveFormat("crafted", new UUID(0xc4af, 13)).format(drive);
        SplittableRandom random = new SplittableRandom(12);
        Volume volume = FaultyVolume.mounting(random.split()).on(drive);
        FuzzWorkload workload = new FuzzWorkload(random, new FuzzModel(), volume, 0);
        for (int round = 0; round < 4; round++) {
          workload.run(6);
          volume.fileSystem().sync();
          lookAfter(drive);
        }
        volume.close();
        lookAfter(drive);
      }
      good = objectsIn(directory);
    } finally {
      HostTrees.delete(directory);
    }
    if (good.keySet().stream().noneMatch(name -> name.startsWith(ZONES))) {
      throw new IllegalStateException("there is no checkpoint: " + good.keySet());
    }
  }

  /** Without threads, so that it is the same each time. */
  private static StoreZonedDevice open(Path directory) throws IOException {
    return StoreZonedDevice.open(
        DirectoryStore.open(directory, false),
        new OwnerIdentity("host", "boot", 7, 1, FaultyVolume.CLOCK, new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false,
            false,
            StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
            1,
            false,
            StoreZonedDevice.Thrift.USUAL));
  }

  private static void lookAfter(StoreZonedDevice drive) throws IOException {
    while (drive.doWork()) {
      Thread.onSpinWait();
    }
  }

  private static Map<String, byte[]> objectsIn(Path directory) throws IOException {
    Map<String, byte[]> objects = new TreeMap<>();
    for (Path file : filesIn(directory)) {
      objects.put(directory.relativize(file).toString(), Files.readAllBytes(file));
    }
    return objects;
  }

  private static List<Path> filesIn(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    walk(directory, (file, attributes) -> files.add(file));
    return files;
  }

  private static long bytesIn(Path directory) throws IOException {
    long[] sum = new long[1];
    walk(directory, (file, attributes) -> sum[0] += attributes.size());
    return sum[0];
  }

  /** An open drive may delete objects meanwhile. */
  private static void walk(Path directory, BiConsumer<Path, BasicFileAttributes> visitor)
      throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              visitor.accept(file, attributes);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }

  /** Changes a copy and lets all commands open it; null if all is well. */
  @Nullable String run(SplittableRandom random) throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      Map<String, byte[]> objects = new TreeMap<>();
      good.forEach((name, bytes) -> objects.put(name, bytes.clone()));
      StringBuilder what = new StringBuilder();
      for (int change = random.nextInt(3); change >= 0; change--) {
        craft(objects, random, what);
      }
      for (Map.Entry<String, byte[]> object : objects.entrySet()) {
        Path file = directory.resolve(object.getKey());
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, object.getValue());
      }
      if (random.nextInt(4) == 0) {
        replace(directory, random, what);
      }
      String wrong =
          withErrors(
              new CraftedCommands(
                      "dir:" + directory,
                      () -> bytesIn(directory),
                      MOST_GROWTH_BYTES,
                      CraftedCommands.OF_STACK,
                      random)
                  ::run);
      return wrong == null ? null : wrong + "; " + what;
    } finally {
      HostTrees.delete(directory);
    }
  }

  /** What may be wrong. */
  @FunctionalInterface
  private interface Case {
    @Nullable String run() throws IOException;
  }

  /**
   * Runs something; what threads in the background log as an error is wrong, too, but for the words
   * about a store that lacks what it must have had: that is what was done to it.
   */
  private static @Nullable String withErrors(Case one) throws IOException {
    Logger logger = (Logger) LoggerFactory.getLogger("zonefsj.stores");
    ListAppender<ILoggingEvent> errors = new ListAppender<>();
    errors.list = new CopyOnWriteArrayList<>();
    errors.start();
    logger.setAdditive(false);
    logger.setLevel(Level.ERROR);
    logger.addAppender(errors);
    try {
      String wrong = one.run();
      for (ILoggingEvent error : List.copyOf(errors.list)) {
        boolean isFinding =
            error.getThrowableProxy() == null && error.getFormattedMessage().contains(" has lost ");
        if (wrong == null && !isFinding) {
          wrong = "logs " + error + " " + error.getThrowableProxy();
        }
      }
      return wrong;
    } finally {
      logger.detachAppender(errors);
      logger.setLevel(null);
      logger.setAdditive(true);
    }
  }

  private static void craft(
      Map<String, byte[]> objects, SplittableRandom random, StringBuilder what) {
    List<String> names = new ArrayList<>(objects.keySet());
    String name =
        switch (random.nextInt(6)) {
          case 0 -> VOLUME;
          case 1, 2 -> LOG + last(objects);
          case 3 -> one(names.stream().filter(each -> each.startsWith(ZONES)).toList(), random);
          default -> one(names.stream().filter(each -> each.startsWith(LOG)).toList(), random);
        };
    what.append(name).append(": ");
    byte[] object = objects.get(name);
    if (object == null) {
      what.append("gone, ");
      return;
    }
    switch (random.nextInt(12)) {
      case 0 -> {
        objects.remove(name);
        what.append("removed, ");
      }
      case 1 -> {
        if (name.startsWith(LOG)) {
          follow(objects, object, what);
        }
      }
      case 2 -> objects.put(name, cut(object, random, what));
      default -> change(name, little(object), random, what);
    }
    byte[] changed = objects.get(name);
    if (changed != null) {
      seal(changed);
      if (name.startsWith(LOG)) {
        chain(objects, numberOf(name));
      }
    }
  }

  private static long last(Map<String, byte[]> objects) {
    return objects.keySet().stream()
        .filter(name -> name.startsWith(LOG))
        .mapToLong(CraftedStoreCase::numberOf)
        .max()
        .orElse(1);
  }

  private static long numberOf(String name) {
    return Long.parseLong(name.substring(LOG.length()));
  }

  private static String one(List<String> names, SplittableRandom random) {
    return names.isEmpty() ? VOLUME : names.get(random.nextInt(names.size()));
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The same entry once more, as the next one. */
  private static void follow(Map<String, byte[]> objects, byte[] entry, StringBuilder what) {
    long next = last(objects) + 1;
    byte[] copy = entry.clone();
    little(copy).putLong(NUMBER_AT, next);
    seal(copy);
    objects.put(LOG + next, copy);
    chain(objects, next - 1);
    what.append("again as ").append(next).append(", ");
  }

  private static byte[] cut(byte[] object, SplittableRandom random, StringBuilder what) {
    int length = HEADER_BYTES + random.nextInt(object.length - HEADER_BYTES);
    byte[] shorter = new byte[length];
    System.arraycopy(object, 0, shorter, 0, length);
    what.append("cut to ").append(length).append(", ");
    return shorter;
  }

  private static void change(
      String name, ByteBuffer object, SplittableRandom random, StringBuilder what) {
    for (int times = random.nextInt(3); times >= 0; times--) {
      int[] field =
          name.equals(VOLUME)
              ? VOLUME_FIELDS[random.nextInt(VOLUME_FIELDS.length)]
              : field(name, object, random);
      if (field[0] + field[1] <= object.limit()) {
        if (field[1] == Integer.BYTES) {
          object.putInt(field[0], (int) CraftedBytes.limit(random, object.getInt(field[0])));
        } else {
          object.putLong(field[0], CraftedBytes.limit(random, object.getLong(field[0])));
        }
        what.append("at ").append(field[0]).append(", ");
      }
    }
  }

  /** A number in the structures at the beginning; what follows in an entry is bytes of zones. */
  private static int[] field(String name, ByteBuffer object, SplittableRandom random) {
    int end = object.limit();
    if (end >= CHANGES_AT && name.startsWith(LOG)) {
      int head = object.getInt(OWNER_BYTES_AT) + object.getInt(CHECKPOINT_BYTES_AT);
      end = (int) Math.min(end, Math.max(CHANGES_AT, 300L + CHANGES_AT + head));
    }
    int at = HEADER_BYTES + Integer.BYTES * random.nextInt(Math.max(1, (end - HEADER_BYTES) / 4));
    return new int[] {at, random.nextBoolean() ? Integer.BYTES : Long.BYTES};
  }

  private static void seal(byte[] object) {
    ByteBuffer bytes = little(object);
    bytes.putLong(LENGTH_AT, object.length - HEADER_BYTES);
    bytes.putInt(CRC_AT, 0);
    CRC32C crc = new CRC32C();
    crc.update(object);
    bytes.putInt(CRC_AT, (int) crc.getValue());
  }

  /** Makes what follows an entry, and checkpoints of it, name its checksum. */
  private static void chain(Map<String, byte[]> objects, long changed) {
    byte[] before = objects.get(LOG + changed);
    for (long number = changed + 1; number <= last(objects); number++) {
      byte[] entry = objects.get(LOG + number);
      if (entry != null && entry.length >= CHANGES_AT) {
        if (before != null) {
          little(entry).putInt(PREVIOUS_CRC_AT, little(before).getInt(CRC_AT));
        }
        nameCheckpoint(objects, little(entry), changed);
        seal(entry);
      }
      before = entry;
    }
  }

  private static void nameCheckpoint(Map<String, byte[]> objects, ByteBuffer entry, long changed) {
    long at = CHANGES_AT + (long) entry.getInt(OWNER_BYTES_AT);
    if (entry.getInt(CHECKPOINT_BYTES_AT) < 12 || at < CHANGES_AT || at + 12 > entry.limit()) {
      return;
    }
    long upTo = entry.getLong((int) at);
    byte[] named = objects.get(LOG + upTo);
    if (upTo >= changed && named != null && named.length >= HEADER_BYTES) {
      entry.putInt((int) at + Long.BYTES, little(named).getInt(CRC_AT));
    }
  }

  /** Entries before the newest checkpoint may only have bytes of zones. */
  private boolean isReadByMost(String name) {
    return name.equals(VOLUME)
        || name.startsWith(ZONES)
        || (name.startsWith(LOG) && numberOf(name) > last(good) - 2 * CHECKPOINT_ENTRIES);
  }

  /** Puts something else in the place of an object, or makes it very long. */
  private void replace(Path directory, SplittableRandom random, StringBuilder what)
      throws IOException {
    List<Path> files = filesIn(directory);
    files.removeIf(file -> !isReadByMost(directory.relativize(file).toString()));
    if (files.isEmpty()) {
      return;
    }
    files.sort(null);
    Path file = files.get(random.nextInt(files.size()));
    what.append(directory.relativize(file)).append(" replaced");
    switch (random.nextInt(3)) {
      case 0 -> {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
          open.setLength(LONG_OBJECT_BYTES);
        }
      }
      case 1 -> {
        Files.delete(file);
        Files.createDirectory(file);
      }
      default -> {
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/dev/zero"));
      }
    }
  }
}
