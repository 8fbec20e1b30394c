// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/**
 * A damaged index directory gives an error, no index, or the right index at an older mark: never a
 * wrong answer. Where it gives an error, the next open gives no index.
 */
final class MetadataStoreDamageTest {
  private static final long BATCHES = 120;
  private static final Logger LOG =
      (Logger) LoggerFactory.getLogger(RocksMetadataStores.class.getPackageName());

  private final MetadataStoreHistory history =
      new MetadataStoreHistory(MetadataStoreHistory.newSeed(), 2000);
  private final Random random = new Random(history.mark(1).chain());
  private Path directory;
  private Path good;
  private int copies;

  /** A function of a file's bytes; an empty result deletes the file. */
  private interface Damage {
    Optional<byte[]> of(byte[] bytes);
  }

  /** Every damage is warned of, and here are hundreds. */
  @BeforeAll
  static void silenceWarnings() {
    LOG.setLevel(Level.ERROR);
  }

  @AfterAll
  static void warnAgain() {
    LOG.setLevel(null);
  }

  @BeforeEach
  void makeGoodIndex(@TempDir Path temporary) throws IOException {
    directory = temporary;
    good = temporary.resolve("good");
    try (MetadataStore store = stores(good).create()) {
      for (long n = 0; n < BATCHES; n += 60) {
        history.apply(store, n, n + 60);
        store.flush();
      }
    }
  }

  private static RocksMetadataStores stores(Path path) {
    return new RocksMetadataStores(path, 4 << 20);
  }

  @Test
  void undamagedItIsAllThere() throws IOException {
    assertThat(openAndRead(good)).contains(BATCHES);
  }

  @Test
  void truncatedByOneByte() throws IOException {
    for (String name : files()) {
      check(name, "cut by a byte", bytes -> Optional.of(Arrays.copyOf(bytes, bytes.length - 1)));
    }
  }

  @Test
  void cutInHalf() throws IOException {
    for (String name : files()) {
      check(name, "cut in half", bytes -> Optional.of(Arrays.copyOf(bytes, bytes.length / 2)));
    }
  }

  @Test
  void withAFileDeleted() throws IOException {
    for (String name : files()) {
      check(name, "deleted", bytes -> Optional.empty());
    }
  }

  @Test
  void withAByteFlipped() throws IOException {
    for (String name : files()) {
      int flips = name.startsWith("MANIFEST") ? 40 : name.equals("CURRENT") ? 16 : 3;
      for (int i = 0; i < flips; i++) {
        double where = random.nextDouble();
        check(
            name,
            "flipped at " + where,
            bytes -> {
              bytes[(int) (where * bytes.length)] ^= (byte) (1 + random.nextInt(255));
              return Optional.of(bytes);
            });
      }
    }
  }

  /** RocksDB's open never ends on some of them. */
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void withARecordOfAnotherType() throws IOException {
    for (String name : files()) {
      if (name.startsWith("MANIFEST")) {
        for (int type = 0; type < 256; type++) {
          byte changed = (byte) type;
          check(
              name,
              "with a second record of type " + type,
              bytes -> {
                setTypeOfSecondFragment(bytes, changed);
                return Optional.of(bytes);
              });
        }
      }
    }
  }

  @Test
  void damageIsNotPutIntoACheckpoint() throws IOException {
    // One flush, so that there is no reason to compact the damaged file meanwhile.
    Path index = directory.resolve("small");
    try (MetadataStore store = stores(index).create()) {
      history.apply(store, 0, 20);
      store.flush();
      // The largest is not the one with the mark, which is read anyhow.
      Path table =
          Collections.max(
              matching(index, ".*[.]sst"), Comparator.comparing(path -> path.toFile().length()));
      byte[] bytes = Files.readAllBytes(table);
      bytes[bytes.length / 3] ^= 4;
      Files.write(table, bytes);
      assertThatThrownBy(store::checkpoint)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the index at " + index + " is damaged");
    }
    assertThat(matching(directory, ".*checkpoint.*")).isEmpty();
    assertThat(stores(index).openExisting()).isEmpty();
    assertThat(directory.resolve("small.aside-1").resolve("SET-ASIDE")).isNotEmptyFile();
  }

  @Test
  void notedDamageWhoseWordsAreDamaged() throws IOException {
    Path noted = good.resolve("DAMAGED");
    Path aside = directory.resolve("good.aside-1");
    Files.write(noted, new byte[] {'b', (byte) 0xff, 'd', '\n'});
    assertThat(stores(good).openExisting()).isEmpty();
    assertThat(aside).isDirectory();
    // What cannot be read; here a directory.
    Files.move(aside, good);
    Files.delete(noted);
    Files.createDirectory(noted);
    assertThat(stores(good).openExisting()).isEmpty();
    assertThat(aside.resolve("SET-ASIDE")).content().endsWith(" damage was noted\n");
  }

  /** RocksDB reads its MANIFEST only when it opens one, here that of the image. */
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void aManifestThatIsDamagedMeanwhileDoesNotHoldUpACheckpoint() throws IOException {
    Path index = directory.resolve("open");
    try (MetadataStore store = stores(index).create()) {
      history.apply(store, 0, 20);
      store.flush();
      Path manifest = matching(index, "MANIFEST.*").get(0);
      byte[] bytes = Files.readAllBytes(manifest);
      setTypeOfSecondFragment(bytes, (byte) 5);
      Files.write(manifest, bytes);
      assertThatThrownBy(store::checkpoint)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the index at " + index + " is damaged");
    }
    assertThat(stores(index).openExisting()).isEmpty();
  }

  private static void setTypeOfSecondFragment(byte[] log, byte type) {
    int header = 7;
    int second = header + (log[4] & 0xff) + ((log[5] & 0xff) << 8);
    log[second + 6] = type;
  }

  /** What the host's disk cannot read is damage, as everywhere; here a directory. */
  @Test
  void aManifestThatCannotBeRead() throws IOException {
    Path manifest = matching(good, "MANIFEST.*").get(0);
    Files.delete(manifest);
    Files.createDirectory(manifest);
    RocksMetadataStores place = stores(good);
    assertThatThrownBy(place::openExisting)
        .isInstanceOf(HostException.class)
        .hasMessageContaining("cannot open");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(good)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("LOG"))
          .filter(file -> file.toFile().length() > 0)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private void check(String name, String how, Damage damage) throws IOException {
    Path copy = directory.resolve("copy" + copies++);
    Files.createDirectory(copy);
    try (Stream<Path> files = Files.list(good)) {
      for (Path file : files.toList()) {
        // RocksDB never writes into a file that is there, so links do, and are quick.
        Files.createLink(copy.resolve(file.getFileName()), file);
      }
    }
    Path target = copy.resolve(name);
    Optional<byte[]> damaged = damage.of(Files.readAllBytes(target));
    Files.delete(target);
    if (damaged.isPresent()) {
      Files.write(target, damaged.get());
    }
    try {
      Optional<Long> found = openAndRead(copy);
      if (found.isEmpty()) {
        Path aside = copy.resolveSibling(copy.getFileName() + ".aside-1");
        assertThat(aside.resolve("SET-ASIDE")).isNotEmptyFile();
        assertThat(copy).doesNotExist();
      }
    } catch (AssertionError | IOException e) {
      throw new AssertionError(name + " " + how + "; " + history.repeatWith(), e);
    }
  }

  /** The number of the last batch, or nothing when the index was set aside. */
  private Optional<Long> openAndRead(Path path) throws IOException {
    Optional<MetadataStore> opened = stores(path).openExisting();
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (MetadataStore store = opened.get()) {
      return Optional.of(history.assertPrefix(store));
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("the index at " + path + " is damaged");
    }
    assertThat(stores(path).openExisting()).as("after an error").isEmpty();
    return Optional.empty();
  }

  private static List<Path> matching(Path directory, String names) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches(names)).toList();
    }
  }
}
