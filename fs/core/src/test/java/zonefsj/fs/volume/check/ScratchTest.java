// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What killed processes left is removed, and nothing else. */
class ScratchTest {
  private static final int FILES = 20_000;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path parent;

  private Path leftover(int number, String permissions) throws IOException {
    Path left = Files.createDirectory(parent.resolve("zonefs-j-scratch-" + number));
    Files.createDirectories(left.resolve("index/deep"));
    Files.createFile(left.resolve("index/deep/file"));
    Files.createFile(left.resolve("lock"));
    return Files.setPosixFilePermissions(left, PosixFilePermissions.fromString(permissions));
  }

  private static long filesIn(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatAKilledProcessLeftIsRemovedAndLinksAreNotFollowed() throws IOException {
    Path left = leftover(1, "rwx------");
    Path victim = Files.createDirectory(parent.resolve("victim"));
    Files.createFile(victim.resolve("lock"));
    Files.createSymbolicLink(left.resolve("link"), victim);
    Files.createSymbolicLink(parent.resolve("zonefs-j-scratch-2"), victim);
    try (Scratch.Held held = Scratch.in(parent).take();
        Scratch.Held other = Scratch.in(parent).take()) {
      assertThat(held.path()).isDirectoryContaining("glob:**/lock");
      assertThat(other.path()).isDirectoryContaining("glob:**/lock");
      assertThat(left).doesNotExist();
    }
    assertThat(victim).isDirectoryContaining("glob:**/lock");
    assertThat(filesIn(parent)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-xr-x", "rwx-w----", "rwx--x--x"})
  void whatOthersMayEnterStays(String permissions) throws IOException {
    Path left = leftover(1, permissions);
    Scratch.in(parent).take().close();
    assertThat(left.resolve("index/deep/file")).exists();
  }

  /** Others make as many names as they like; the search for our own ends all the same. */
  @Test
  void manyNamesOfOthersHoldNothingUp() throws IOException {
    int each = 1500;
    for (int i = 0; i < each; i++) {
      Path foreign = Files.createDirectory(parent.resolve("zonefs-j-scratch-" + 2 * i));
      Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString("rwxr-xr-x"));
      leftover(2 * i + 1, "rwx------");
    }
    Scratch.in(parent).take().close();
    assertThat(filesIn(parent)).isBetween(each + 1L, 2L * each - 1);
  }

  @Test
  void whoPutsALinkInPlaceOfALeftoverDoesNotLeadTheDeletionElsewhere() throws Exception {
    Path left = leftover(1, "rwx------");
    Path victim = Files.createDirectory(parent.resolve("victim"));
    for (int i = 0; i < FILES; i++) {
      Files.createFile(left.resolve("f" + i));
      Files.createFile(victim.resolve("f" + i));
    }
    Thread swaps =
        new Thread(
            () -> {
              while (filesIn(left) > FILES - 100) {
                Thread.onSpinWait();
              }
              try {
                Files.move(left, parent.resolve("moved"));
                Files.createSymbolicLink(left, victim);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    swaps.start();
    Scratch.in(parent).take().close();
    swaps.join();
    assertThat(left).as("the link was there in time").isSymbolicLink();
    assertThat(filesIn(victim)).isEqualTo(FILES);
    assertThat(parent.resolve("moved")).isEmptyDirectory();
  }
}
