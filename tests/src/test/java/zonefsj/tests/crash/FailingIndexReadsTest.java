// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.Trees;

/**
 * The index on the host fails one read of an operation, at each read of each operation in turn. An
 * operation reads before it changes anything, so it is refused as a whole; a commit that cannot
 * read is the last.
 */
class FailingIndexReadsTest {
  private static final int SHAPE = 1;

  private final LogSilencer quiet = new LogSilencer();
  private final CrashClock clock = new CrashClock();
  private final SplittableRandom random = new SplittableRandom(5);

  /** Commits that met the failure. */
  private int commits;

  /** Fails one read, counted from when it is armed. */
  private static final class FailingStores extends DelegatingStores {
    private int left = Integer.MAX_VALUE;
    private boolean failed;

    FailingStores(MemoryMetadataStores stores) {
      super(stores);
    }

    void failRead(int number) {
      left = number;
    }

    private void read() throws IOException {
      if (--left == 0) {
        failed = true;
        throw new IOException("the disk of the host is broken, says the test");
      }
    }

    @Override
    protected MetadataStore existing(MetadataStore store) {
      return new DelegatingStore(store) {
        @Override
        public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
          read();
          return super.get(family, key);
        }

        @Override
        public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
            throws IOException {
          read();
          super.scan(family, from, to, visitor);
        }
      };
    }
  }

  @Test
  void anOperationHappensAsAWholeOrNotAtAll() throws Exception {
    PreparedDrive prepared = PreparedDrive.fresh(SHAPE, random).after(Catalogue.TREE, random);
    Catalogue catalogue = new Catalogue();
    int failures = 0;
    commits = 0;
    try (quiet) {
      for (int number = 0; number < catalogue.size(); number++) {
        if (catalogue.get(number).get(0) instanceof Step.Request request
            && catalogue.get(number).size() == 1) {
          int read = 1;
          while (failsAt(prepared, request, read)) {
            read++;
            failures++;
          }
          assertThat(read).as("reads of %s", request).isGreaterThan(1);
        }
      }
    }
    System.out.printf("failing reads: %d, of commits: %d%n", failures, commits);
    assertThat(failures).isGreaterThan(200);
    assertThat(commits).isPositive();
  }

  /** Whether the operation reads so often. */
  private boolean failsAt(PreparedDrive prepared, Step.Request request, int read) throws Exception {
    try (RamZonedDevice drive = prepared.wreck().drive().snapshot()) {
      FailingStores stores = new FailingStores(prepared.index().copyOfDurable());
      clock.set(prepared.steps().size() + 1);
      Volume volume = CrashDrives.mount(drive, clock, random.split(), stores);
      SortedMap<String, String> before;
      try (RamZonedDevice same = drive.snapshot()) {
        before = treeOf(same);
      }
      stores.failRead(read);
      String answer;
      try {
        answer = StepPlayer.outcome(request, volume.fileSystem());
      } catch (IOException failed) {
        answer = Errno.EIO.name();
      }
      if (!stores.failed) {
        volume.abandon();
        return false;
      }
      String where = "read " + read + " of " + request;
      assertThat(answer).as(where).isEqualTo(Errno.EIO.name());
      if (volume.status().readOnly()) {
        commits++;
        assertThat(request.isDurable()).as(where).isTrue();
        assertThat(volume.status().readOnlyReason()).as(where).contains("a commit failed");
        assertThatThrownBy(() -> volume.fileSystem().sync()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new Step.Create("later").on(volume.fileSystem()))
            .isInstanceOfSatisfying(
                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
      } else {
        volume.fileSystem().sync();
      }
      volume.abandon();
      if (request instanceof Step.LinkUnnamed) {
        // Two operations, of which the first may have happened.
        assertThat(treeOf(drive)).as(where).isIn(before, after(prepared, request));
      } else {
        assertThat(treeOf(drive)).as(where).isEqualTo(before);
      }
      return true;
    }
  }

  private SortedMap<String, String> after(PreparedDrive prepared, Step.Request request)
      throws Exception {
    try (RamZonedDevice drive = prepared.wreck().drive().snapshot()) {
      Volume volume = CrashDrives.mount(drive, clock, random.split(), new MemoryMetadataStores());
      StepPlayer.outcome(request, volume.fileSystem());
      SortedMap<String, String> tree = Trees.of(volume.fileSystem());
      volume.abandon();
      return tree;
    }
  }

  private SortedMap<String, String> treeOf(RamZonedDevice drive) throws Exception {
    Volume volume = CrashDrives.mount(drive, clock, random.split(), new MemoryMetadataStores());
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    volume.abandon();
    return tree;
  }
}
