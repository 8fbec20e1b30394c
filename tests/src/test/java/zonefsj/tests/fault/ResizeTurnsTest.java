// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.Volume;

/** Two changes of the number of zones at the same time. */
final class ResizeTurnsTest {
  /** A shrink can take hours. */
  @Test
  @Timeout(60)
  void nobodyWaitsForAShrink() throws Exception {
    try (FaultyVolume files = new FaultyVolume(FaultyVolume.geometry(60))) {
      // So much that the last zones are in use, too.
      for (int file = 0; file < 120; file++) {
        files.writeDurably("file" + file % 30, FaultyVolume.random(file % 30, 100_000));
      }
      Volume volume = files.volume();
      int[] asked = {0};
      assertThatThrownBy(
              () ->
                  volume.shrink(
                      40,
                      () -> {
                        asked[0]++;
                        assertIsRefused(volume);
                        return false;
                      },
                      ProgressListener.NONE))
          .isInstanceOf(IOException.class);
      assertThat(asked[0]).isPositive();
      assertThat(volume.shrink(40, () -> true, ProgressListener.NONE)).isEqualTo(60);
      assertThat(volume.grow(false)).isEqualTo(40);
      for (int file = 0; file < 30; file++) {
        assertThat(files.read("file" + file)).isEqualTo(FaultyVolume.random(file, 100_000));
      }
    }
  }

  private static void assertIsRefused(Volume volume) {
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              try {
                volume.grow(false);
              } catch (IOException refused) {
                throw new CompletionException(refused);
              }
            });
    assertThatThrownBy(other::join).hasMessageContaining("is being changed already");
  }
}
