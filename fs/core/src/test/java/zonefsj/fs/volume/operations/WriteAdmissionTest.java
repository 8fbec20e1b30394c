// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Tries to overdraw the account: whatever is granted finds a zone when it is committed, and each
 * stream gets the zones of its share at any instant. Journal, checkpoints and collector are played
 * by the test, each taking all that it may.
 */
class WriteAdmissionTest {
  private static final int STEPS = 3_000;
  private static final int MOST_GRANTS = 8;
  private static final int MOST_BYTES = 200 << 10;
  private static final int FILES = 100;

  /** Seeds from 1 on; more of them with {@code -Dzonefsj.sequences=N}. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Integer.getInteger("zonefsj.sequences", 4));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nothingThatWasGrantedLacksAZone(long seed) throws Exception {
    try (Bank bank = new Bank(seed)) {
      for (int step = 0; step < STEPS; step++) {
        bank.step();
      }
      System.out.printf(
          "account: seed %d, %d grants, %d refused, %d zones collected%n",
          seed, bank.grants, bank.refused, bank.collected);
      assertThat(bank.grants).isGreaterThan(bank.refused);
      assertThat(bank.collected).isPositive();
    }
  }

  /** A drive, the account of it, and all who draw on it. */
  private static final class Bank implements WriteAdmission.Reclaimer, AutoCloseable {
    private final SplittableRandom random;
    private final RamZonedDevice drive;
    private final SpacePlan plan;
    private final ZoneAllocator allocator;
    private final ZoneUsage usage;
    private final ChunkWriter chunks;
    private final DirtyMemory memory = new DirtyMemory(64 << 20, 1 << 20, () -> 0, () -> false);
    private final SpaceAccount account;
    private final WriteAdmission admission;
    private final ArrayDeque<Pledge> granted = new ArrayDeque<>();
    private final List<FileDelta> inMemory = new ArrayList<>();
    private final Map<Integer, List<PhysicalExtent>> files = new HashMap<>();
    private final ArrayDeque<Integer> journal = new ArrayDeque<>();
    private final List<Integer> oldImage = new ArrayList<>();
    private long claimed;
    private long inode;
    private int grants;
    private int refused;
    private int collected;

    private record Pledge(SpaceAccount.Grant grant, int bytes) {}

    Bank(long seed) throws IOException {
      random = new SplittableRandom(seed);
      int zones = 24 + random.nextInt(60);
      long zoneBytes = 128L << (10 + random.nextInt(4));
      long capacity = seed % 3 == 0 ? zoneBytes - 4096L * (1 + random.nextInt(3)) : zoneBytes;
      EmulatedGeometry geometry =
          EmulatedGeometry.builder(zones * zoneBytes)
              .zoneSizeBytes(zoneBytes)
              .zoneCapacityBytes(capacity)
              .build();
      drive = RamZonedDevice.create(geometry);
      allocator = new ZoneAllocator(drive, drive.report(0, zones), 1);
      allocator.open(0, ZoneStream.SUPERBLOCK);
      allocator.open(1, ZoneStream.SUPERBLOCK);
      usage = new ZoneUsage(zones);
      plan = SpacePlan.of(drive.geometry(), drive.report(0, zones), 1);
      chunks =
          new ChunkWriter(drive, new UUID(1, seed), 1, allocator, usage, InstantSource.system());
      account = new SpaceAccount(plan, allocator, usage, chunks, memory);
      admission = new WriteAdmission(account, this);
      allocator.reserveForNextMount(1);
    }

    void step() throws Exception {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4, 5 -> grant();
        case 6, 7 -> write();
        case 8 -> commit();
        case 9 -> delete();
        case 10 -> logJournal();
        default -> storeImage();
      }
      if (granted.size() > MOST_GRANTS) {
        write();
      }
    }

    private void grant() throws Exception {
      int bytes = 1 + random.nextInt(1 + random.nextInt(MOST_BYTES));
      boolean replaces = random.nextInt(3) == 0 && files.size() > FILES;
      try {
        granted.add(new Pledge(admission.awaitRoom(bytes, () -> 0), bytes));
        grants++;
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
        refused++;
        delete();
      }
      if (replaces) {
        delete();
      }
    }

    /** What was granted longest ago comes into memory. */
    private void write() {
      Pledge pledge = granted.poll();
      if (pledge == null) {
        return;
      }
      FileDelta delta = new FileDelta(++inode, bytes -> {});
      long bytes =
          delta.write(
              0,
              ByteBuffer.allocate(pledge.bytes()),
              memory,
              (buffer, offset) -> {
                throw new IllegalStateException("no run here is as long");
              });
      claimed += bytes;
      account.reserve(bytes);
      inMemory.add(delta);
      pledge.grant().close();
    }

    /** All that is in memory goes to zones: here nothing may be lacking. */
    private void commit() {
      try {
        List<ChunkWriter.Source> sources = new ArrayList<>();
        inMemory.forEach(
            delta ->
                delta
                    .intervals()
                    .forEach(
                        piece ->
                            sources.add(
                                source(
                                    delta.inode(),
                                    Objects.requireNonNull(piece.buffer()).bytes()))));
        List<List<PhysicalExtent>> placed =
            chunks.write(DataStream.HOT, sources, (zone, bytes) -> {});
        for (int index = 0; index < placed.size(); index++) {
          Interval piece = Objects.requireNonNull(inMemory.get(index).firstBehind(0));
          Objects.requireNonNull(piece.buffer()).place(placed.get(index), memory);
          files.put((int) inMemory.get(index).inode(), placed.get(index));
          placed.get(index).forEach(part -> live(part, 1));
          placed.get(index).forEach(part -> usage.addPending(zoneOf(part), -part.lengthBytes()));
        }
        inMemory.clear();
        account.apply(claimed);
        claimed = 0;
        account.reserves().adjust();
      } catch (IOException lacking) {
        throw new UncheckedIOException("what was granted lacks a zone", lacking);
      }
    }

    private static ChunkWriter.Source source(long inode, ByteBuffer bytes) {
      return new ChunkWriter.Source(inode, 0, bytes);
    }

    private void live(PhysicalExtent part, int sign) {
      int zone = zoneOf(part);
      usage.setLiveBytes(zone, usage.liveBytes(zone) + sign * (long) part.lengthBytes());
      usage.setExtents(usage.extents() + sign);
    }

    private int zoneOf(PhysicalExtent part) {
      return drive.geometry().zoneOf(part.positionBytes());
    }

    private void delete() {
      if (!files.isEmpty()) {
        Integer[] present = files.keySet().toArray(new Integer[0]);
        files.remove(present[random.nextInt(present.length)]).forEach(part -> live(part, -1));
      }
    }

    /** The journal has its zones at any time, however full the drive is. */
    private void logJournal() throws IOException {
      ZoneHandle next = allocator.allocate(ZoneStream.JOURNAL).orElseThrow();
      fill(next);
      journal.add(next.zone());
      while (journal.size() >= plan.journalZones()) {
        allocator.reset(journal.poll());
      }
    }

    /**
     * A new image takes what is left of the share, and now and then what it can get beyond; then
     * the old one is given up.
     */
    private void storeImage() throws IOException {
      account.reserves().imageBegins();
      List<Integer> image = new ArrayList<>();
      int most = random.nextInt(1 + allocator.freeCheckpointZones());
      for (int zone = 0; zone < most; zone++) {
        ZoneHandle next = allocator.allocate(ZoneStream.CHECKPOINT).orElseThrow();
        fill(next);
        image.add(next.zone());
      }
      while (random.nextInt(3) == 0) {
        Optional<ZoneHandle> beyond = allocator.allocateUsingReserve(ZoneStream.CHECKPOINT);
        if (beyond.isEmpty()) {
          break;
        }
        fill(beyond.get());
        image.add(beyond.get().zone());
      }
      for (int zone : oldImage) {
        allocator.reset(zone);
      }
      oldImage.clear();
      oldImage.addAll(image);
      account.reserves().imageWasStored();
      account.reserves().imageEnds(0);
      account
          .reserves()
          .indexChanged(random.nextLong((1L + random.nextInt(12)) * plan.zoneCapacityBytes()));
    }

    private static void fill(ZoneHandle handle) throws IOException {
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      handle.close();
    }

    @Override
    public void checkDriveNow() {
      // It takes everything.
    }

    @Override
    public boolean makeRoom() {
      // Others go on meanwhile.
      while (!granted.isEmpty()) {
        write();
      }
      commit();
      return collect();
    }

    /** Moves what is live of the emptiest full zone, and resets it. */
    private boolean collect() {
      ZoneState victim = null;
      for (ZoneState zone : allocator.states()) {
        boolean full = zone.use() == Use.FILLED && zone.stream() != null && zone.stream().isData();
        if (full && (victim == null || liveOf(zone) < liveOf(victim))) {
          victim = zone;
        }
      }
      if (victim == null || usage.footprintBytes(victim.zone()) > plan.zoneNetBytes() * 97 / 100) {
        return false;
      }
      try {
        empty(victim.zone());
        allocator.reset(victim.zone());
      } catch (IOException lacking) {
        throw new UncheckedIOException("the collector lacks a zone", lacking);
      }
      usage.forgetPlaced(victim.zone());
      collected++;
      return true;
    }

    private long liveOf(ZoneState zone) {
      return usage.footprintBytes(zone.zone());
    }

    private void empty(int zone) throws IOException {
      List<Integer> owners = new ArrayList<>();
      List<ChunkWriter.Source> sources = new ArrayList<>();
      for (Map.Entry<Integer, List<PhysicalExtent>> file : files.entrySet()) {
        for (PhysicalExtent part : file.getValue()) {
          if (zoneOf(part) == zone) {
            owners.add(file.getKey());
            sources.add(source(file.getKey(), ByteBuffer.allocate(part.lengthBytes())));
          }
        }
      }
      List<List<PhysicalExtent>> placed =
          chunks.write(DataStream.GC_COLD, sources, (to, bytes) -> {});
      for (int index = 0; index < owners.size(); index++) {
        List<PhysicalExtent> parts =
            new ArrayList<>(Objects.requireNonNull(files.get(owners.get(index))));
        PhysicalExtent old =
            parts.stream().filter(one -> zoneOf(one) == zone).findFirst().orElseThrow();
        parts.remove(old);
        live(old, -1);
        for (PhysicalExtent now : placed.get(index)) {
          parts.add(now);
          live(now, 1);
          usage.addPending(zoneOf(now), -now.lengthBytes());
        }
        files.put(owners.get(index), parts);
      }
    }

    @Override
    public boolean isCheckpointHeldUp() {
      return false;
    }

    @Override
    public void awaitWriters() {
      write();
    }

    @Override
    public void commitPending() {
      commit();
    }

    @Override
    public void shrinkMetadata() {
      account.reserves().indexChanged(0);
    }

    @Override
    public long largeDeletions() {
      return 0;
    }

    @Override
    public boolean isDeleting(long first) {
      return false;
    }

    @Override
    public long deletions() {
      return 0;
    }

    @Override
    public boolean awaitDeletion(long seen, BooleanSupplier mayWait) {
      return false;
    }

    @Override
    public void throttle(long bytes) {}

    @Override
    public void close() throws IOException {
      chunks.close();
      drive.close();
    }
  }
}
