// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import zonefsj.fs.HostException;

/** Checks all files of an image in a directory of the host. */
public final class ImageCheck {
  private static final String CURRENT = "CURRENT";
  static final String MANIFEST = "MANIFEST-";

  /**
   * About 150 bytes for each table of 16 MiB: enough for 800 GiB of tables; takes 2.5 times as much
   * memory.
   */
  static final long MAX_MANIFEST_BYTES = 8 << 20;

  private final Path directory;

  private ImageCheck(Path directory) {
    this.directory = directory;
  }

  /**
   * Checks an image.
   *
   * @param families the column families that it must have, apart from "default"
   * @throws ImageDamagedException if RocksDB must not open it; the message names the file
   * @throws HostException if the host cannot read its files
   */
  public static void check(Path directory, Collection<String> families) throws IOException {
    new ImageCheck(directory).check(families, name -> true);
  }

  /**
   * As {@link #check(Path, Collection)}, but checks the content of only some tables.
   *
   * @param lookedInto whether to check the content of the table with this name
   */
  public static void check(
      Path directory, Collection<String> families, Predicate<String> lookedInto)
      throws IOException {
    new ImageCheck(directory).check(families, lookedInto);
  }

  private void check(Collection<String> families, Predicate<String> lookedInto) throws IOException {
    Set<String> names = names();
    String manifestName = current(names);
    long number = Long.parseLong(manifestName.substring(MANIFEST.length()));
    Manifest manifest =
        named(manifestName, () -> new Manifest(read(manifestName), number, families));
    Set<String> expected = new HashSet<>(Set.of(CURRENT, manifestName));
    List<TableEntry> tables = named(manifestName, manifest::tables);
    for (TableEntry table : tables) {
      expected.add(table.name());
    }
    if (!names.equals(expected)) {
      throw new ImageDamagedException(
          "the checkpoint's " + manifestName + " names other tables than there are");
    }
    for (TableEntry table : tables) {
      String name = table.name();
      if (lookedInto.test(name)) {
        named(
            name,
            () -> {
              TableCheck.check(directory.resolve(name), table);
              return name;
            });
      }
    }
  }

  private Set<String> names() throws HostException {
    return HostException.at(
        directory,
        () -> {
          Set<String> names = new HashSet<>();
          try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
          } catch (UncheckedIOException failed) {
            throw failed.getCause();
          }
          return names;
        });
  }

  /** The name of the MANIFEST: the only one, and the one that CURRENT names. */
  private String current(Set<String> names) throws IOException {
    List<String> manifests = names.stream().filter(name -> name.startsWith(MANIFEST)).toList();
    if (!names.contains(CURRENT) || manifests.size() != 1) {
      throw new ImageDamagedException(
          "the checkpoint has " + manifests.size() + " files called MANIFEST, or no CURRENT");
    }
    String name = manifests.get(0);
    String number = name.substring(MANIFEST.length());
    boolean ours =
        number.length() < Long.toString(VersionEdit.NUMBER_LIMIT).length()
            && name.equals(MANIFEST + TableEntry.digits(Long.parseLong(number)))
            && new String(read(CURRENT), ISO_8859_1).equals(name + "\n");
    if (!ours) {
      throw new ImageDamagedException("the checkpoint's CURRENT does not name its " + name);
    }
    return name;
  }

  private byte[] read(String name) throws IOException {
    Path file = directory.resolve(name);
    long bytes = HostException.at(file, () -> Files.size(file));
    if (bytes > MAX_MANIFEST_BYTES) {
      throw new ImageDamagedException("it has " + bytes + " bytes");
    }
    return HostException.at(file, () -> Files.readAllBytes(file));
  }

  /** A check. */
  private interface Check<T> {
    T run() throws IOException;
  }

  private static <T> T named(String file, Check<T> check) throws IOException {
    try {
      return check.run();
    } catch (ImageDamagedException e) {
      throw new ImageDamagedException(
          "the checkpoint's file "
              + file
              + " is none that RocksDB writes for us: "
              + e.getMessage());
    }
  }
}
