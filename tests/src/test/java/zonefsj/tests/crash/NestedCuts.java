// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Cuts the drive once more, while it recovers from a first cut and while it is used again. */
final class NestedCuts {
  private static final int CUTS = 16;

  private final CrashImage start;
  private final MemoryMetadataStores stores;
  private final Expected expected;
  private final Tally tally;
  private final SplittableRandom random;
  private final IndexHistory indexes;
  private final RecordingDevice recording;

  NestedCuts(
      CrashImage wreck,
      MemoryMetadataStores stores,
      Expected expected,
      Tally tally,
      SplittableRandom random)
      throws IOException {
    this.start = wreck.snapshot();
    this.stores = stores;
    this.expected = expected;
    this.tally = tally;
    this.random = random;
    this.indexes = new IndexHistory(stores);
    ZonedDevice device = random.nextBoolean() ? wreck.remanent() : wreck.drive();
    this.recording = new RecordingDevice(device, indexes::before);
  }

  private final class Watch implements RecoveryObserver {
    private int mounted;
    private @Nullable History history;

    @Override
    public int changes() {
      return recording.changes().size();
    }

    @Override
    public void goneOn(int mountedAt, History since) {
      mounted = mountedAt;
      history = since;
    }
  }

  /**
   * Verifies the first crash, then the second ones.
   *
   * @return what is wrong, null if nothing is
   */
  @Nullable String cut(CrashVerifier verifier, int steps) throws IOException {
    Watch watch = new Watch();
    String wrong = verifier.verify(recording, stores, expected, watch);
    if (wrong == null && recording.refused() > 0) {
      wrong = "the drive refused " + recording.refused() + " changes of the recovery";
    }
    History history = watch.history;
    if (wrong != null || history == null) {
      return wrong;
    }
    CrashStates crashes = new CrashStates(start, recording.changes());
    int last = recording.changes().size();
    for (int number = 0; number <= Math.min(last, CUTS); number++) {
      int cut = last <= CUTS || number <= CUTS / 2 ? number : random.nextInt(last + 1);
      tally.nested();
      CrashImage wreck = crashes.after(cut, SurvivingChanges.some(random.nextLong()));
      String worse =
          new CrashVerifier(random.split(), 2, steps)
              .verify(
                  random.nextBoolean() ? wreck.remanent() : wreck.drive(),
                  random.nextBoolean() ? new MemoryMetadataStores() : indexes.at(cut),
                  cut < watch.mounted ? Expected.of(expected.allowed()) : Expected.of(history, cut),
                  RecoveryObserver.UNWATCHED);
      if (worse != null) {
        return "after a second crash, at change " + cut + " of the recovery: " + worse;
      }
    }
    return null;
  }
}
