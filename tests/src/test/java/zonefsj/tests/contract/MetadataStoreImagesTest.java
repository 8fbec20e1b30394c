// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.tests.fixture.ImageReads;

/** What an image reads of the host's files, and that no damage of them gets into it. */
final class MetadataStoreImagesTest {
  private static final int KEYS = 300;

  private final MetadataStoreHistory positions = new MetadataStoreHistory(1, 10);
  private Path directory;

  @BeforeEach
  void setDirectory(@TempDir Path temporary) {
    directory = temporary;
  }

  private RocksMetadataStores stores(String name) {
    return new RocksMetadataStores(directory.resolve(name), 4 << 20);
  }

  private AppliedPosition mark(long sequence) {
    return positions.mark(sequence);
  }

  /** Bytes that no compression makes fewer, in one table for each column family. */
  private void fill(MetadataStore store, long seed, long sequence) throws IOException {
    Random random = new Random(seed);
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    for (ColumnFamily family : ColumnFamily.values()) {
      for (int key = 0; key < KEYS; key++) {
        byte[] value = new byte[100];
        random.nextBytes(value);
        changes.put(family, new byte[] {(byte) (key >> 8), (byte) key}, value);
      }
    }
    store.apply(changes, mark(sequence));
    store.flush();
  }

  /** Creates an index, and closes it again. */
  private Stored imageOfNew(String index) throws IOException {
    try (MetadataStore store = stores(index).create()) {
      fill(store, 1, 1);
      return Stored.of(store);
    }
  }

  /** One more table in the column family of inodes, and one with the mark. */
  private void addLittle(MetadataStore store, long sequence) throws IOException {
    MetadataStoreHistory.Changes changes = new MetadataStoreHistory.Changes();
    byte[] value = new byte[3000];
    new Random(sequence).nextBytes(value);
    changes.put(ColumnFamily.INODES, new byte[] {9, (byte) sequence}, value);
    store.apply(changes, mark(sequence));
  }

  /** A checkpoint as a drive holds it. */
  private record Stored(AppliedPosition mark, List<FileInfo> files, Map<String, byte[]> bytes)
      implements CheckpointContent {
    static Stored of(MetadataStore store) throws IOException {
      try (CheckpointContent content = store.checkpoint()) {
        Map<String, byte[]> bytes = new HashMap<>();
        for (FileInfo file : content.files()) {
          try (InputStream in = content.open(file)) {
            bytes.put(file.name(), in.readAllBytes());
          }
        }
        return new Stored(content.mark(), List.copyOf(content.files()), bytes);
      }
    }

    @Override
    public String format() {
      return "rocksdb-sst-1";
    }

    @Override
    public InputStream open(FileInfo file) {
      return new ByteArrayInputStream(bytes.get(file.name()));
    }

    List<FileInfo> tables() {
      return files.stream().filter(file -> file.name().endsWith(".sst")).toList();
    }

    @Override
    public void close() {
      // Holds nothing but memory.
    }
  }

  private Path table(String index, FileInfo file) {
    return directory.resolve(index).resolve(file.name());
  }

  private static void damage(Path table) throws IOException {
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 3] ^= 4;
    Files.write(table, bytes);
  }

  /** The tables but that with the mark, which every image reads. */
  private static List<FileInfo> unmarked(Stored image) {
    List<FileInfo> tables = new ArrayList<>(image.tables());
    tables.remove(tables.stream().min(Comparator.comparingLong(FileInfo::sizeBytes)).orElseThrow());
    return tables;
  }

  @Test
  void afterAMountOnlyTablesAreReadThatAreNotOnTheDrive() throws IOException {
    Stored first = imageOfNew("index");
    try (MetadataStore store = stores("index").openExisting().orElseThrow();
        ImageReads reads = new ImageReads()) {
      store.noteStored(first);
      addLittle(store, 2);
      // What is read is refused.
      for (FileInfo table : unmarked(first)) {
        damage(table("index", table));
      }
      Stored second = Stored.of(new NoSecondCopy(store, first));
      assertThat(second.tables()).containsAll(first.tables()).hasSize(first.tables().size() + 2);
      assertThat(reads.tables()).containsExactly(second.tables().size());
      assertThat(reads.read()).containsExactly(2);
      addLittle(store, 3);
      Stored.of(new NoSecondCopy(store, first));
      assertThat(reads.read()).containsExactly(2, 2);
    }
  }

  /** Reads only what the drive does not hold, as the writer of checkpoints does. */
  private static final class NoSecondCopy extends zonefsj.fs.kit.DelegatingStore {
    private final Stored drive;

    NoSecondCopy(MetadataStore store, Stored drive) {
      super(store);
      this.drive = drive;
    }

    @Override
    public CheckpointContent checkpoint() throws IOException {
      CheckpointContent content = super.checkpoint();
      return new CheckpointContent() {
        @Override
        public String format() {
          return content.format();
        }

        @Override
        public AppliedPosition mark() {
          return content.mark();
        }

        @Override
        public List<FileInfo> files() {
          return content.files();
        }

        @Override
        public InputStream open(FileInfo file) throws IOException {
          return drive.files().contains(file) ? drive.open(file) : content.open(file);
        }

        @Override
        public void close() throws IOException {
          content.close();
        }
      };
    }
  }

  @Test
  void anIndexFromACheckpointKnowsItsTables() throws IOException {
    Stored first = imageOfNew("index");
    try (MetadataStore store = stores("other").restore(first);
        ImageReads reads = new ImageReads()) {
      store.noteStored(first);
      addLittle(store, 2);
      assertThat(Stored.of(store).tables()).containsAll(first.tables());
      assertThat(reads.read()).containsExactly(2);
    }
  }

  @Test
  void aNewTableIsVerifiedAfterAMountToo() throws IOException {
    Stored first = imageOfNew("index");
    try (MetadataStore store = stores("index").openExisting().orElseThrow()) {
      store.noteStored(first);
      addLittle(store, 2);
      store.flush();
      List<String> known = first.files().stream().map(FileInfo::name).toList();
      try (Stream<Path> files = Files.list(directory.resolve("index"))) {
        damage(
            files
                .filter(file -> file.getFileName().toString().endsWith(".sst"))
                .filter(file -> !known.contains(file.getFileName().toString()))
                .max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow());
      }
      assertThatThrownBy(store::checkpoint)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is damaged");
    }
    assertThat(stores("index").openExisting()).isEmpty();
  }

  /** Two indexes that are filled in the same way number their tables in the same way. */
  @Test
  void aTableOfTheSameNameAndLengthIsNotTakenForTheStoredOne() throws IOException {
    Stored other = imageOfNew("other");
    int alike = 0;
    for (int seed = 2; alike == 0 && seed < 50; seed++) {
      alike = tablesLike(other, "index" + seed, seed);
    }
    assertThat(alike).isPositive();
  }

  /** Counts the tables of a new index that have name and length of another's, not the content. */
  private int tablesLike(Stored other, String index, int seed) throws IOException {
    Stored own;
    try (MetadataStore store = stores(index).create()) {
      fill(store, seed, 1);
      store.noteStored(other);
      own = Stored.of(store);
    }
    int alike = 0;
    for (FileInfo table : own.tables()) {
      byte[] bytes = Files.readAllBytes(table(index, table));
      assertThat(own.bytes().get(table.name())).isEqualTo(bytes);
      for (FileInfo theirs : other.tables()) {
        boolean looksAlike =
            theirs.name().equals(table.name()) && theirs.sizeBytes() == table.sizeBytes();
        if (looksAlike && !Arrays.equals(bytes, other.bytes().get(theirs.name()))) {
          assertThat(table.contentHash()).isNotEqualTo(theirs.contentHash());
          alike++;
        }
      }
    }
    return alike;
  }

  /** A file is also written again when the drive has it, to leave a sparse or a failed zone. */
  @Test
  void whatWasDamagedSinceItWasVerifiedIsNotWrittenAgain() throws IOException {
    Stored first = imageOfNew("index");
    try (MetadataStore store = stores("index").openExisting().orElseThrow()) {
      store.noteStored(first);
      FileInfo table = unmarked(first).get(0);
      damage(table("index", table));
      try (CheckpointContent content = store.checkpoint();
          InputStream in = content.open(table)) {
        assertThatThrownBy(() -> in.readNBytes((int) table.sizeBytes()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("the index at " + directory.resolve("index") + " is damaged");
      }
    }
    assertThat(stores("index").openExisting()).isEmpty();
  }
}
