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
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.Trees;

/**
 * The index on the host fails one read of an operation, at each read of each operation in turn. An
 * operation that had changed nothing yet is refused and no more; where it had, nothing is committed
 * any more.
 */
class FailingIndexReadsTest {
  private static final int SHAPE = 1;

  private final Quiet quiet = new Quiet();
  private final CrashClock clock = new CrashClock();
  private final SplittableRandom random = new SplittableRandom(5);

  /** Operations that had begun to change something. */
  private int halves;

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
        public byte @Nullable [] get(Family family, byte[] key) throws IOException {
          read();
          return super.get(family, key);
        }

        @Override
        public void scan(Family family, byte[] from, byte @Nullable [] to, Visitor visitor)
            throws IOException {
          read();
          super.scan(family, from, to, visitor);
        }
      };
    }
  }

  @Test
  void halfAnOperationIsNeverCommitted() throws Exception {
    PreparedDrive prepared = PreparedDrive.fresh(SHAPE, random).after(Catalogue.TREE, random);
    Catalogue catalogue = new Catalogue();
    int failures = 0;
    halves = 0;
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
    System.out.printf("failing reads: %d, half-way: %d%n", failures, halves);
    assertThat(failures).isGreaterThan(200);
    assertThat(halves).isPositive();
  }

  /** Whether the operation reads so often. */
  private boolean failsAt(PreparedDrive prepared, Step.Request request, int read) throws Exception {
    try (RamZonedDevice drive = prepared.wreck().drive().snapshot()) {
      FailingStores stores = new FailingStores(prepared.index().copyOfDurable());
      clock.set(prepared.steps().size() + 1);
      Volume volume = Drives.mount(drive, clock, random.split(), stores);
      SortedMap<String, String> before;
      try (RamZonedDevice same = drive.snapshot()) {
        before = treeOf(same);
      }
      stores.failRead(read);
      String answer;
      try {
        answer = WorkloadRun.outcome(request, volume.fileSystem());
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
        halves++;
        assertThat(volume.status().readOnlyReason())
            .as(where)
            .containsAnyOf("half-way", "a commit failed");
        assertThatThrownBy(() -> volume.fileSystem().sync()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new Step.Create("later").on(volume.fileSystem()))
            .isInstanceOfSatisfying(
                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
      } else {
        volume.fileSystem().sync();
      }
      volume.abandon();
      // A step may be more than one operation, of which the first ones have happened.
      assertThat(treeOf(drive)).as(where).isIn(before, after(prepared, request));
      return true;
    }
  }

  private SortedMap<String, String> after(PreparedDrive prepared, Step.Request request)
      throws Exception {
    try (RamZonedDevice drive = prepared.wreck().drive().snapshot()) {
      Volume volume = Drives.mount(drive, clock, random.split(), new MemoryMetadataStores());
      WorkloadRun.outcome(request, volume.fileSystem());
      SortedMap<String, String> tree = Trees.of(volume.fileSystem());
      volume.abandon();
      return tree;
    }
  }

  private SortedMap<String, String> treeOf(RamZonedDevice drive) throws Exception {
    Volume volume = Drives.mount(drive, clock, random.split(), new MemoryMetadataStores());
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    volume.abandon();
    return tree;
  }
}
