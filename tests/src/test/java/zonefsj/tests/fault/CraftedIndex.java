// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;

/** An image of an index in RocksDB whose files somebody changed who knows their formats. */
final class CraftedIndex implements CheckpointContent {
  private final AppliedPosition mark;
  private final Map<String, byte[]> files;

  private CraftedIndex(AppliedPosition mark, Map<String, byte[]> files) {
    this.mark = mark;
    this.files = files;
  }

  /** Reads a good image. */
  static CraftedIndex of(CheckpointContent content) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (FileInfo file : content.files()) {
      try (InputStream in = content.open(file)) {
        files.put(file.name(), in.readAllBytes());
      }
    }
    return new CraftedIndex(content.mark(), files);
  }

  /** The same with changes. */
  CraftedIndex craft(SplittableRandom random) {
    Map<String, byte[]> crafted = new TreeMap<>(files);
    List<String> tables = tables();
    String manifestName = manifestName(crafted);
    CraftedManifest manifest = new CraftedManifest(bytes(crafted, manifestName));
    switch (random.nextInt(10)) {
      case 0 -> craftNames(crafted, tables, manifestName, random);
      case 1, 2 -> manifest.craft(random);
      case 3 -> identifyAll(crafted, tables, manifest);
      default -> {
        String name = tables.get(random.nextInt(tables.size()));
        byte[] table = new CraftedTable(bytes(crafted, name)).craft(random);
        // Mostly the MANIFEST goes with it.
        if (random.nextInt(20) != 0) {
          resize(crafted, manifest, name, table);
        } else {
          crafted.put(name, table);
        }
        if (random.nextInt(10) == 0) {
          manifest.craft(random);
        }
      }
    }
    crafted.computeIfPresent(manifestName, (name, bytes) -> manifest.write());
    return new CraftedIndex(mark, crafted);
  }

  /** The same, with the identity of the first table in all. */
  CraftedIndex identified() {
    Map<String, byte[]> crafted = new TreeMap<>(files);
    String manifestName = manifestName(crafted);
    CraftedManifest manifest = new CraftedManifest(bytes(crafted, manifestName));
    identifyAll(crafted, tables(), manifest);
    crafted.put(manifestName, manifest.write());
    return new CraftedIndex(mark, crafted);
  }

  /** The same with other tables. */
  CraftedIndex withTables(Function<CraftedTable, byte[]> change) {
    Map<String, byte[]> crafted = new TreeMap<>(files);
    String manifestName = manifestName(crafted);
    CraftedManifest manifest = new CraftedManifest(bytes(crafted, manifestName));
    for (String name : tables()) {
      resize(crafted, manifest, name, change.apply(new CraftedTable(bytes(crafted, name))));
    }
    crafted.put(manifestName, manifest.write());
    return new CraftedIndex(mark, crafted);
  }

  private static void identifyAll(
      Map<String, byte[]> files, List<String> tables, CraftedManifest manifest) {
    String first = tables.get(0);
    CraftedTable other = new CraftedTable(bytes(files, first));
    for (String name : tables.subList(1, tables.size())) {
      resize(files, manifest, name, new CraftedTable(bytes(files, name)).identifiedAs(other));
      manifest.identify(number(name), number(first));
    }
  }

  private List<String> tables() {
    return files.keySet().stream().filter(name -> name.endsWith(".sst")).toList();
  }

  private static byte[] bytes(Map<String, byte[]> files, String name) {
    return Objects.requireNonNull(files.get(name));
  }

  private static long number(String table) {
    return Long.parseLong(table.substring(0, table.indexOf('.')));
  }

  private static void resize(
      Map<String, byte[]> files, CraftedManifest manifest, String name, byte[] table) {
    manifest.resize(number(name), bytes(files, name).length, table.length);
    files.put(name, table);
  }

  private static String manifestName(Map<String, byte[]> files) {
    return files.keySet().stream()
        .filter(name -> name.startsWith("MANIFEST-"))
        .findFirst()
        .orElseThrow();
  }

  private static void craftNames(
      Map<String, byte[]> files, List<String> tables, String manifest, SplittableRandom random) {
    byte[] garbage = CraftedBytes.random(random, random.nextInt(200));
    switch (random.nextInt(9)) {
      case 0 -> files.put("CURRENT", "../../etc/passwd\n".getBytes(US_ASCII));
      case 1 -> files.put("CURRENT", (manifest + "\n" + manifest + "\n").getBytes(US_ASCII));
      case 2 -> files.put("CURRENT", garbage);
      case 3 -> files.put("OPTIONS-000007", garbage);
      case 4 -> files.put("../x", garbage);
      case 5 -> files.put("000099.sst", garbage);
      case 6 -> files.put("99999999999999999999.sst", garbage);
      case 7 -> files.put("MANIFEST-999999", garbage);
      default -> {
        String table = tables.get(random.nextInt(tables.size()));
        byte[] other = files.get(tables.get(random.nextInt(tables.size())));
        if (random.nextBoolean() && other != null) {
          files.put(table, other);
        } else {
          files.remove(table);
        }
      }
    }
  }

  @Override
  public String format() {
    return "rocksdb-sst-1";
  }

  @Override
  public AppliedPosition mark() {
    return mark;
  }

  @Override
  public List<FileInfo> files() {
    List<FileInfo> infos = new ArrayList<>();
    files.forEach((name, bytes) -> infos.add(new FileInfo(name, bytes.length, sha256(bytes))));
    return infos;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public InputStream open(FileInfo file) throws IOException {
    byte[] bytes = files.get(file.name());
    if (bytes == null) {
      throw new IOException("no file " + file.name());
    }
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public void close() {
    // All in memory.
  }
}
