// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.cli.Main;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.HostTrees;
import zonefsj.tests.fixture.DriveFormat;

/**
 * Labels of parts, a layer file or a key file that somebody changed, with checksums that are right:
 * see {@link CraftedCommands}.
 */
final class CraftedStackCase {
  private static final int BLOCK = 4096;

  /** Where the header of an image has the offset of its first zone. */
  private static final int DATA_OFFSET = 128;

  private static final int ZONE_SIZE = 72;

  private static final int[][] PART_FIELDS = {
    {8, 4}, {16, 8}, {24, 8}, {32, 4}, {36, 4}, {40, 4}, {44, 4}, {48, 8}, {56, 8}
  };

  private static final int[][] MEMBER_FIELDS = {
    {8, 4}, {16, 8}, {24, 8}, {32, 4}, {36, 4}, {40, 8}, {48, 4}, {52, 4}, {56, 4}, {60, 4},
    {64, 8}, {72, 8}, {80, 8}, {88, 8}, {96, 8}, {104, 8}, {112, 8}, {120, 8}
  };

  private static final int[][] LAYER_FIELDS = {
    {8, 4}, {12, 4}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {64, 4}, {68, 4}, {72, 8}, {80, 8},
    {88, 8}, {96, 8}, {104, 4}, {108, 4}, {112, 8}
  };

  private static final int LAYER_TABLE = 8192;
  private static final int LAYER_MERGE = 4096;
  private static final int ENTRY_BYTES = 32;
  private static final int CONDITIONS = 17;

  /** What a stack is made of. */
  private enum Kind {
    STRIPED("striped(%1$s/a,%1$s/b)"),
    MIRROR("mirror(%1$s/a,%1$s/b)"),
    DIFF("diff(%1$s/layer,%1$s/a)"),
    CRYPT("crypt(%1$s/key,%1$s/a)");

    private final String format;

    Kind(String format) {
      this.format = format;
    }

    String spec(Path directory) {
      return String.format(format, directory);
    }
  }

  private final Map<Kind, Map<String, byte[]>> good = new TreeMap<>();

  /** Makes good stacks, with a filesystem each. */
  CraftedStackCase() throws Exception {
    for (Kind kind : Kind.values()) {
      good.put(kind, make(kind));
    }
  }

  private static Map<String, byte[]> make(Kind kind) throws Exception {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      ImageFile.create(directory.resolve("a"), FaultyVolume.small());
      if (kind == Kind.STRIPED || kind == Kind.MIRROR) {
        ImageFile.create(directory.resolve("b"), FaultyVolume.small());
      } else if (kind == Kind.CRYPT) {
        command("key", "create", directory.resolve("key").toString());
      } else {
        try (ZonedDevice base = new DriveOpener().openToWrite(directory.resolve("a").toString())) {
          new DriveFormat("base", new UUID(0xc4af, 10)).format(base);
        }
      }
      String spec = kind.spec(directory);
      SplittableRandom random = new SplittableRandom(kind.format.hashCode());
      try (ZonedDevice drive =
          kind == Kind.DIFF
              ? new DriveOpener().openToWrite(spec)
              : new DriveOpener().openToFormat(spec, false)) {
        if (kind != Kind.DIFF) {
          new DriveFormat("crafted", new UUID(0xc4af, 11)).format(drive);
        }
        Volume volume = FaultyVolume.mounting(random.split()).on(drive);
        new FuzzWorkload(random, new FuzzModel(), volume, 0).run(20);
        volume.close();
      }
      Map<String, byte[]> files = new TreeMap<>();
      for (Path file : filesIn(directory)) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
      return files;
    } finally {
      HostTrees.delete(directory);
    }
  }

  private static List<Path> filesIn(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(files::add);
    }
    return files;
  }

  private static void command(String... words) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words);
    if (exitCode != 0) {
      throw new IllegalStateException(err.toString(StandardCharsets.UTF_8));
    }
  }

  /** Changes a copy of one of them and lets all commands open it; null if all is well. */
  @Nullable String run(SplittableRandom random) throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      Map<String, byte[]> files = new TreeMap<>();
      named(good, kind).forEach((name, bytes) -> files.put(name, bytes.clone()));
      StringBuilder what = new StringBuilder(kind.toString()).append(": ");
      for (int change = random.nextInt(3); change >= 0; change--) {
        craft(kind, files, random, what);
      }
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Path path = directory.resolve(file.getKey());
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(path, file.getValue());
      }
      String wrong =
          new CraftedCommands(
                  kind.spec(directory),
                  () -> CraftedCommands.bytesOf(filesIn(directory)),
                  0,
                  CraftedCommands.OF_STACK,
                  random)
              .run();
      return wrong == null ? null : wrong + "; " + what;
    } finally {
      HostTrees.delete(directory);
    }
  }

  private static void craft(
      Kind kind, Map<String, byte[]> files, SplittableRandom random, StringBuilder what) {
    switch (kind) {
      case STRIPED -> label(files, PART_FIELDS, (image, at) -> 64, random, what);
      case MIRROR -> label(files, MEMBER_FIELDS, CraftedStackCase::memberBytes, random, what);
      case DIFF -> layer(little(named(files, "layer")), random, what);
      case CRYPT -> files.put("key", key(named(files, "key"), random, what));
    }
  }

  private static <K, V> V named(Map<K, V> all, K name) {
    return Objects.requireNonNull(all.get(name));
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Length of a label at a place in an image. */
  @FunctionalInterface
  private interface LabelLength {
    int of(ByteBuffer image, int at);
  }

  /** What the label says, as far as there is that much. */
  private static int memberBytes(ByteBuffer image, int at) {
    long members = Math.floorMod(image.getInt(at + 32), 33);
    long words = Math.max(0, image.getInt(at + 56) - 2L + 63) / 64;
    return (int) Math.min(64 + 24 * members + 16 * words, image.getLong(ZONE_SIZE));
  }

  /** Changes a label in one zone, or the same in both. */
  private static void label(
      Map<String, byte[]> files,
      int[][] fields,
      LabelLength length,
      SplittableRandom random,
      StringBuilder what) {
    ByteBuffer image = little(named(files, random.nextBoolean() ? "a" : "b"));
    int[] field = fields[random.nextInt(fields.length)];
    long seed = random.nextLong();
    int zones = 1 + random.nextInt(3);
    for (int zone = 0; zone < 2; zone++) {
      if ((zones & (1 << zone)) != 0) {
        int at = (int) (image.getLong(DATA_OFFSET) + zone * image.getLong(ZONE_SIZE));
        put(image, at + field[0], field[1], new SplittableRandom(seed));
        image.putInt(at + 12, crc(image, at + 16, length.of(image, at) - 16));
      }
    }
    what.append("label at ").append(field[0]).append(", ");
  }

  private static void layer(ByteBuffer layer, SplittableRandom random, StringBuilder what) {
    switch (random.nextInt(4)) {
      case 0 -> {
        layer.putInt(LAYER_MERGE, random.nextInt(6));
        layer.putInt(LAYER_MERGE + 4, crc(layer, LAYER_MERGE, 4));
        what.append("record of the merge, ");
      }
      case 1 -> {
        int zone = random.nextInt(FaultyVolume.small().zoneCount());
        int at = LAYER_TABLE + ENTRY_BYTES * zone;
        layer.put(at, (byte) random.nextInt(CONDITIONS));
        layer.put(at + 1, (byte) random.nextInt(3));
        put(layer, at + 8, Long.BYTES, random);
        layer.putLong(at + 16, random.nextBoolean() ? layer.getLong(at + 8) : 0);
        CRC32C crc = new CRC32C();
        crc.update(new byte[] {(byte) zone, 0, 0, 0});
        crc.update(layer.slice(at, 4));
        crc.update(layer.slice(at + 8, ENTRY_BYTES - 8));
        layer.putInt(at + 4, (int) crc.getValue());
        what.append("entry of zone ").append(zone).append(", ");
      }
      default -> {
        int[] field = LAYER_FIELDS[random.nextInt(LAYER_FIELDS.length)];
        put(layer, field[0], field[1], random);
        layer.putInt(BLOCK - 4, crc(layer, 0, BLOCK - 4));
        what.append("layer at ").append(field[0]).append(", ");
      }
    }
  }

  /** Changes a value, or drops, doubles or swaps lines. */
  private static byte[] key(byte[] file, SplittableRandom random, StringBuilder what) {
    List<String> lines =
        new ArrayList<>(new String(file, StandardCharsets.ISO_8859_1).lines().toList());
    lines.remove(lines.size() - 1);
    int at = 1 + random.nextInt(lines.size() - 1);
    String line = lines.get(at);
    int colon = line.indexOf(": ");
    switch (random.nextInt(5)) {
      case 0 -> lines.remove(at);
      case 1 -> lines.add(line);
      case 2 -> lines.set(at, line.substring(0, Math.max(0, colon)) + ": ");
      case 3 ->
          lines.set(
              at, line.substring(0, Math.max(0, colon)) + ": " + CraftedBytes.limit(random, 7));
      default -> {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        bytes[random.nextInt(bytes.length)] = (byte) (32 + random.nextInt(224));
        lines.set(at, new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }
    what.append("line ").append(at).append(" of the key, ");
    String text = String.join("\n", lines) + "\n";
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
      String check = HexFormat.of().formatHex(Arrays.copyOf(hash, 8));
      return (text + "check: " + check + "\n").getBytes(StandardCharsets.ISO_8859_1);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ByteBuffer bytes, int at, int length, SplittableRandom random) {
    if (length == Integer.BYTES) {
      bytes.putInt(at, (int) CraftedBytes.limit(random, bytes.getInt(at)));
    } else {
      bytes.putLong(at, CraftedBytes.limit(random, bytes.getLong(at)));
    }
  }

  private static int crc(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }
}
