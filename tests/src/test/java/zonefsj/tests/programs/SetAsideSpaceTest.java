// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** Set-aside indexes take no space that an index needs. */
final class SetAsideSpaceTest {
  private static final AppliedPosition MARK = new AppliedPosition(new UUID(5, 5), 1, 7);
  private static final int INDEX_BYTES = 6 << 20;

  private Path directory;
  private Path small;

  /** A filesystem of 24 MiB, and a directory elsewhere. */
  @BeforeEach
  void mountSmall(@TempDir Path temporary) throws Exception {
    directory = temporary;
    // The native library of this process then takes no space in the small one.
    stores(directory).create().close();
    small = Files.createDirectory(temporary.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=24M,mode=755", "none", small.toString());
  }

  @AfterEach
  void unmountSmall() throws Exception {
    run("umount", "-l", small.toString());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static RocksMetadataStores stores(Path parent) {
    return new RocksMetadataStores(parent.resolve("index"), 4 << 20);
  }

  private MetadataStore largeIndex() throws IOException {
    MetadataStore store = stores(directory).create();
    Random random = new Random(3);
    store.apply(
        sink -> {
          for (int key = 0; key < INDEX_BYTES / 4096; key++) {
            byte[] value = new byte[4096];
            random.nextBytes(value);
            sink.put(ColumnFamily.INODES, new byte[] {(byte) (key >> 8), (byte) key}, value);
          }
        },
        MARK);
    return store;
  }

  private Path setAside(int number, long bytes) throws IOException {
    Path aside = Files.createDirectory(small.resolve("index.aside-" + number));
    try (OutputStream out = Files.newOutputStream(aside.resolve("000007.sst"))) {
      byte[] block = new byte[64 << 10];
      for (long left = bytes; left > 0; left -= block.length) {
        out.write(block);
      }
    }
    return aside;
  }

  private Path setAsideUntilFull(int number) throws IOException {
    assertThatThrownBy(() -> setAside(number, 1L << 30)).isInstanceOf(IOException.class);
    assertThat(small.toFile().getUsableSpace()).isZero();
    return small.resolve("index.aside-" + number);
  }

  @Test
  void aRestoreRemovesTheOldestUntilItFits() throws IOException {
    Path oldest = setAside(9, 14 << 20);
    Path newest = setAside(10, 6 << 20);
    try (MetadataStore store = largeIndex();
        CheckpointContent content = store.checkpoint();
        MetadataStore restored = stores(small).restore(content)) {
      assertThat(restored.mark()).contains(MARK);
      assertThat(restored.get(ColumnFamily.INODES, new byte[] {1, 1})).hasSize(4096);
    }
    assertThat(oldest).doesNotExist();
    assertThat(newest).isDirectory();
  }

  @Test
  void aCreationRemovesThem() throws IOException {
    Path aside = setAsideUntilFull(1);
    try (MetadataStore store = stores(small).create()) {
      store.apply(sink -> {}, MARK);
      store.flush();
    }
    assertThat(aside).doesNotExist();
    stores(small).openExisting().orElseThrow().close();
  }

  @Test
  void anOpenRemovesThem() throws IOException {
    try (MetadataStore store = stores(small).create()) {
      store.apply(sink -> {}, MARK);
      store.flush();
    }
    Path aside = setAsideUntilFull(1);
    try (MetadataStore store = stores(small).openExisting().orElseThrow()) {
      assertThat(store.mark()).contains(MARK);
    }
    assertThat(aside).doesNotExist();
  }

  /** In another process: this one has loaded RocksDB's native library already. */
  @Test
  void anOpenThatCannotLoadTheLibraryRemovesThem() throws Exception {
    try (MetadataStore store = stores(small).create()) {
      store.apply(sink -> {}, MARK);
      store.flush();
    }
    Path aside = setAsideUntilFull(1);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + small,
                "-cp",
                System.getProperty("java.class.path"),
                Opening.class.getName(),
                small.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(aside).doesNotExist();
  }

  /** Opens the index below the directory that the argument names. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] args) throws IOException {
      stores(Path.of(args[0])).openExisting().orElseThrow().close();
    }
  }

  @Test
  void aLackOfQuotaIsALackOfSpace() {
    FileSystemException quota = new FileSystemException("/a", null, "Disk quota exceeded");
    assertThatThrownBy(
            () ->
                HostException.doAt(
                    "here",
                    () -> {
                      throw quota;
                    }))
        .isInstanceOfSatisfying(HostException.class, e -> assertThat(e.isFull()).isTrue());
  }

  @Test
  void theyStayIfTheirSpaceIsNotEnough() throws IOException {
    List<Path> asides = List.of(setAside(1, 1 << 20), setAside(2, 1 << 20));
    Files.write(small.resolve("filler"), new byte[20 << 20]);
    try (MetadataStore store = largeIndex();
        CheckpointContent content = store.checkpoint()) {
      assertThatThrownBy(() -> stores(small).restore(content))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("the host's filesystem is full");
    }
    assertThat(asides).allMatch(Files::exists);
  }

  @Test
  void theyStayIfTheCheckpointCannotBeRead() throws IOException {
    List<Path> asides = List.of(setAside(9, 14 << 20), setAside(10, 6 << 20));
    try (MetadataStore store = largeIndex();
        CheckpointContent content = new Unreadable(store.checkpoint())) {
      assertThatThrownBy(() -> stores(small).restore(content)).hasMessage(Unreadable.WORDS);
    }
    assertThat(asides).allMatch(Files::exists);
  }

  /** A checkpoint with a table that the drive cannot read. */
  private record Unreadable(CheckpointContent whole) implements CheckpointContent {
    static final String WORDS = "the drive cannot read the last table";

    @Override
    public String format() {
      return whole.format();
    }

    @Override
    public AppliedPosition mark() {
      return whole.mark();
    }

    @Override
    public List<FileInfo> files() {
      return whole.files();
    }

    @Override
    public InputStream open(FileInfo file) throws IOException {
      List<FileInfo> tables =
          files().stream().filter(table -> table.name().endsWith(".sst")).toList();
      if (file.equals(tables.get(tables.size() - 1))) {
        throw new IOException(WORDS);
      }
      return whole.open(file);
    }

    @Override
    public void close() throws IOException {
      whole.close();
    }
  }
}
