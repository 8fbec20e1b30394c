// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.StoreRefusedException;

class DirectoryStoreTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  private DirectoryStore store() throws IOException {
    return DirectoryStore.open(root, false);
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  @Test
  void theFirstPutOfANameCounts() throws IOException {
    DirectoryStore store = store();
    ByteBuffer source = bytes(1, 2);
    assertThat(store.putIfAbsent("a/b/c", source, bytes(3))).isTrue();
    assertThat(source.remaining()).isEqualTo(2);
    assertThat(store.putIfAbsent("a/b/c", bytes(4))).isFalse();
    assertThat(store.get("a/b/c")).contains(bytes(1, 2, 3));
    ByteBuffer part = ByteBuffer.allocate(2);
    store.read("a/b/c", 1, part);
    assertThat(part.flip()).isEqualTo(bytes(2, 3));
    assertThatThrownBy(() -> store.read("a/b/c", 2, ByteBuffer.allocate(2)))
        .isInstanceOf(EOFException.class);
    assertThat(root.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void listsByPrefix() throws IOException {
    DirectoryStore store = store();
    store.putIfAbsent("data/1/0/1", bytes(1));
    store.putIfAbsent("data/1/0/12", bytes(1, 2));
    store.putIfAbsent("log/1", bytes());
    TreeMap<String, Long> found = new TreeMap<>();
    store.list("data/", found::put);
    assertThat(found).containsOnlyKeys("data/1/0/1", "data/1/0/12").containsValues(1L, 2L);
    found.clear();
    store.list("", found::put);
    assertThat(found).hasSize(3);
    store.list("none/", (name, length) -> assertThat(name).isNull());
  }

  @Test
  void whatIsDeletedIsGone() throws IOException {
    DirectoryStore store = store();
    store.putIfAbsent("log/1", bytes(1));
    store.delete("log/1");
    store.delete("log/1");
    assertThat(store.get("log/1")).isEmpty();
    assertThatThrownBy(() -> store.read("log/1", 0, ByteBuffer.allocate(1)))
        .isInstanceOf(ObjectMissingException.class);
  }

  /** A put that was cut off leaves a file; another host may be at work with a new one. */
  @Test
  void oldLeftoversAreDeleted() throws IOException {
    Path temporary = Files.createDirectory(root.resolve("tmp"));
    Path old = Files.createFile(temporary.resolve("old"));
    Path fresh = Files.createFile(temporary.resolve("fresh"));
    Files.setLastModifiedTime(
        old, FileTime.fromMillis(System.currentTimeMillis() - 2 * 86_400_000L));
    DirectoryStore.open(root, true);
    assertThat(old).exists();
    store();
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
  }

  /** What was mounted there is gone: nothing is written below, and nothing is missing. */
  @Test
  void aDirectoryThatWasReplacedIsRefused() throws IOException {
    Path volume = Files.createDirectory(root.resolve("volume"));
    DirectoryStore store = DirectoryStore.open(volume, false);
    store.putIfAbsent("log/1", bytes(1));
    Files.move(volume, root.resolve("away"));
    Files.createDirectory(volume);
    assertThatThrownBy(() -> store.putIfAbsent("log/2", bytes(2)))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("is not the directory any more that was opened");
    assertThatThrownBy(() -> store.get("log/1")).isInstanceOf(StoreRefusedException.class);
    assertThatThrownBy(() -> store.read("log/1", 0, ByteBuffer.allocate(1)))
        .isInstanceOf(StoreRefusedException.class);
    assertThatThrownBy(() -> store.delete("log/1")).isInstanceOf(StoreRefusedException.class);
    assertThat(volume).isEmptyDirectory();
    Files.delete(volume);
    assertThatThrownBy(() -> store.putIfAbsent("log/2", bytes(2)))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("is gone");
  }

  @Test
  void aDirectoryOfTheStoreThatWasDeletedIsMadeAgain() throws IOException {
    DirectoryStore store = store();
    store.putIfAbsent("log/1", bytes(1));
    Files.delete(root.resolve("tmp"));
    assertThatThrownBy(() -> store.putIfAbsent("log/2", bytes(2)))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(store.putIfAbsent("log/2", bytes(2))).isTrue();
  }

  @Test
  void needsADirectory() throws IOException {
    Path file = Files.createFile(root.resolve("f"));
    assertThatThrownBy(() -> DirectoryStore.open(file, true))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("is no directory");
    assertThatThrownBy(() -> DirectoryStore.open(root.resolve("none"), true))
        .hasMessageContaining("there is no such directory");
  }
}
