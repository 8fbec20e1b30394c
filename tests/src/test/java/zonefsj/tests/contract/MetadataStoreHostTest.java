// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The index in a directory of a host that kills, fills up and has other users. */
final class MetadataStoreHostTest {
  private Path directory;

  /** Where a process may leave its temporary files, and should leave none. */
  private Path temporary;

  @BeforeEach
  void setDirectories(@TempDir Path index, @TempDir Path other) {
    directory = index;
    temporary = other;
  }

  @Test
  void isAPrefixAfterItsProcessWasKilled() throws Exception {
    long seed = MetadataStoreHistory.newSeed();
    MetadataStoreHistory history = MetadataStoreWriter.history(seed);
    Random random = new Random(seed);
    for (int round = 0; round < 4; round++) {
      Process process = startWriter(seed);
      long durable = 0;
      try (BufferedReader lines = process.inputReader(UTF_8)) {
        assertThat(lines.readLine()).isEqualTo("open");
        process.outputWriter(UTF_8).append('\n').flush();
        for (int flushes = random.nextInt(3); flushes >= 0; flushes--) {
          durable = Long.parseLong(lines.readLine().replace("durable ", ""));
        }
        Thread.sleep(random.nextInt(60));
        process.destroyForcibly().waitFor();
      } finally {
        process.destroyForcibly();
      }
      try (MetadataStore store =
          MetadataStoreWriter.stores(directory.resolve("index")).openExisting().orElseThrow()) {
        assertThat(history.assertPrefix(store)).isGreaterThanOrEqualTo(durable);
      }
      assertThat(beside()).containsExactly("index", "index.lock");
      assertThat(names(temporary)).as("the native library and the like").isEmpty();
    }
  }

  @Test
  void failsWithWordsAndClosesWhenTheHostTakesNoMore() throws Exception {
    long seed = MetadataStoreHistory.newSeed();
    Process process = startWriter(seed);
    String failed;
    long mark;
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("open");
      // No file may get longer than this: what a full disk does, without having to fill one.
      Process limit =
          new ProcessBuilder("prlimit", "--pid", Long.toString(process.pid()), "--fsize=300000")
              .inheritIO()
              .start();
      assertThat(limit.waitFor()).isZero();
      process.outputWriter(UTF_8).append('\n').flush();
      failed = lines.readLine();
      while (failed.startsWith("durable")) {
        failed = lines.readLine();
      }
      mark = Long.parseLong(lines.readLine().replace("mark ", ""));
      assertThat(lines.readLine()).isEqualTo("closed");
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(failed)
        .startsWith("failed the index at " + directory.resolve("index") + ": cannot ");
    try (MetadataStore store =
        MetadataStoreWriter.stores(directory.resolve("index")).openExisting().orElseThrow()) {
      long found = MetadataStoreWriter.history(seed).assertPrefix(store);
      assertThat(found).isLessThanOrEqualTo(mark);
    }
  }

  private Process startWriter(long seed) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            MetadataStoreWriter.class.getName(),
            directory.resolve("index").toString(),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void isPrivateAndLeavesNothingBesideIt() throws IOException {
    Path made = directory.resolve("made");
    Path index = made.resolve("index");
    MetadataStores stores = MetadataStoreWriter.stores(index);
    assertThat(stores.openExisting()).isEmpty();
    try (MetadataStore store = stores.create()) {
      assertThat(store.mark()).isEmpty();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(index)))
          .isEqualTo("rwx------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
    assertThat(names(made)).containsExactly("index", "index.lock");
  }

  @Test
  void removesWhatAKilledProcessLeft() throws IOException {
    for (String left :
        List.of("index.new", "index.native", "index.checkpoint-3", "index.checkpoint-4.tmp")) {
      Files.createDirectories(directory.resolve(left).resolve("deeper"));
      Files.writeString(directory.resolve(left).resolve("file"), "x");
    }
    Files.createDirectory(directory.resolve("index.checkpoint-of-mine"));
    Files.createDirectory(directory.resolve("index2.new"));
    assertThat(MetadataStoreWriter.stores(directory.resolve("index")).openExisting()).isEmpty();
    assertThat(beside()).containsExactly("index.checkpoint-of-mine", "index.lock", "index2.new");
  }

  @Test
  void keepsTheNewestThatWereSetAside() throws IOException {
    MetadataStores stores = MetadataStoreWriter.stores(directory.resolve("index"));
    for (int i = 1; i <= 12; i++) {
      stores.create().close();
      stores.setAside("reason " + i);
    }
    assertThat(beside()).containsExactly("index.aside-11", "index.aside-12", "index.lock");
    assertThat(directory.resolve("index.aside-12").resolve("SET-ASIDE"))
        .content()
        .endsWith(" reason 12\n");
  }

  @Test
  void doesNotSetAsideWhatItMayNotOpen() throws IOException {
    // A directory in the place of RocksDB's lock fails like missing permission does, for root too.
    Path index = directory.resolve("index");
    MetadataStores stores = MetadataStoreWriter.stores(index);
    stores.create().close();
    Files.delete(index.resolve("LOCK"));
    Files.createDirectory(index.resolve("LOCK"));
    assertThatThrownBy(stores::openExisting)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the index at " + index + ": cannot open: ");
    Files.delete(index.resolve("LOCK"));
    stores.openExisting().orElseThrow().close();
  }

  private List<String> beside() throws IOException {
    return names(directory);
  }

  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.map(file -> file.getFileName().toString()).sorted().forEach(names::add);
    }
    return names;
  }

  /** A check or repair checks an image before it opens it: what breaks later is the host's. */
  @Test
  void damageOfAScratchIndexIsAFailureOfTheHost() throws Exception {
    Path index = directory.resolve("index");
    try (MetadataStore store = RocksMetadataStores.scratch(index, 4 << 20).create()) {
      MetadataStoreHistory history = MetadataStoreWriter.history(MetadataStoreHistory.newSeed());
      history.apply(store, 0, 20);
      store.flush();
      for (Path file : tables(index)) {
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 0, 100, (byte) 7);
        Files.write(file, bytes);
      }
      assertThatThrownBy(() -> history.assertPrefix(store))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("is damaged");
    }
  }

  private static List<Path> tables(Path index) throws IOException {
    try (Stream<Path> files = Files.list(index)) {
      return files.filter(file -> file.toString().endsWith(".sst")).toList();
    }
  }
}
