// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

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
    assertThat(store.get("a/b/c", 3)).contains(bytes(1, 2, 3));
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
    assertThat(store.get("log/1", 10)).isEmpty();
    assertThatThrownBy(() -> store.read("log/1", 0, ByteBuffer.allocate(1)))
        .isInstanceOf(ObjectMissingException.class);
  }

  /** A put that was cut off leaves a file; another host may be at work with a new one. */
  @Test
  void oldLeftoversAreDeleted() throws IOException {
    Path temporary = Files.createDirectory(root.resolve("tmp"));
    Path old = Files.createFile(temporary.resolve(UUID.randomUUID().toString()));
    Path fresh = Files.createFile(temporary.resolve(UUID.randomUUID().toString()));
    Path notOurs = Files.createFile(temporary.resolve("old"));
    FileTime then = FileTime.fromMillis(System.currentTimeMillis() - 2 * 86_400_000L);
    Files.setLastModifiedTime(old, then);
    Files.setLastModifiedTime(notOurs, then);
    DirectoryStore store = store();
    assertThat(old).as("there may be no drive").exists();
    store.deleteLeftovers();
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
    assertThat(notOurs).exists();
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
    assertThatThrownBy(() -> store.get("log/1", 10)).isInstanceOf(StoreRefusedException.class);
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
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(store.putIfAbsent("log/2", bytes(2))).isTrue();
  }

  @Test
  void aLongObjectIsNotRead() throws IOException {
    DirectoryStore store = store();
    store.putIfAbsent("log/1", bytes(1, 2, 3));
    assertThatThrownBy(() -> store.get("log/1", 2)).isInstanceOf(ObjectTooLongException.class);
  }

  /** Whoever made the directory must not lead a reader or a writer elsewhere. */
  @Test
  void linksAndPipesAreNoObjects() throws Exception {
    Path elsewhere = Files.createDirectory(root.resolve("elsewhere"));
    Path secret = Files.writeString(elsewhere.resolve("1"), "secret");
    Files.setLastModifiedTime(
        secret, FileTime.fromMillis(System.currentTimeMillis() - 2 * 86_400_000L));
    Path volume = Files.createDirectory(root.resolve("volume"));
    Files.createSymbolicLink(volume.resolve("log"), elsewhere);
    Path data = Files.createDirectory(volume.resolve("data"));
    Files.createSymbolicLink(data.resolve("1"), secret);
    Files.createDirectory(data.resolve("2"));
    assertThat(new ProcessBuilder("mkfifo", data.resolve("3").toString()).start().waitFor())
        .isZero();
    DirectoryStore store = DirectoryStore.open(volume, false);
    for (String name : List.of("data/1", "data/2", "data/3")) {
      refused(name + " is no plain file", () -> store.get(name, 10));
      refused(name + " is no plain file", () -> store.read(name, 0, ByteBuffer.allocate(1)));
      refused(name + " is no plain file", () -> store.putIfAbsent(name, bytes(1)));
    }
    refused("log is no directory", () -> store.get("log/1", 10));
    refused("log is no directory", () -> store.read("log/1", 0, ByteBuffer.allocate(1)));
    refused("log is no directory", () -> store.putIfAbsent("log/2", bytes(1)));
    refused("log is no directory", () -> store.delete("log/1"));
    refused("log is no directory", () -> store.list("log/", (name, length) -> {}));
    Files.delete(volume.resolve("tmp"));
    Files.createSymbolicLink(volume.resolve("tmp"), elsewhere);
    refused("tmp is no directory", () -> DirectoryStore.open(volume, false));
    assertThat(elsewhere).isDirectoryContaining(secret::equals);
    assertThat(elsewhere.toFile().list()).hasSize(1);
  }

  private static void refused(String words, ThrowableAssert.ThrowingCallable request) {
    assertThatThrownBy(request)
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining(words);
  }

  @Test
  void aDirectoryToWhichEverybodyMayWriteIsRefused() throws IOException {
    Set<PosixFilePermission> all = PosixFilePermissions.fromString("rwxrwxrwx");
    Path volume = Files.createDirectory(root.resolve("volume"));
    Files.setPosixFilePermissions(volume, all);
    refused("everybody may write to " + volume, () -> DirectoryStore.open(volume, true));
    Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxr-x"));
    Files.setPosixFilePermissions(Files.createDirectory(volume.resolve("log")), all);
    DirectoryStore store = DirectoryStore.open(volume, true);
    refused("chmod o-w", () -> store.get("log/1", 10));
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
