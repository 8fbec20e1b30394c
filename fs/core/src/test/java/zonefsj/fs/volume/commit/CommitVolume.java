// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.Patience;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.reclaim.LiveExtents;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.Counters;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.LostWrites;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.RequestCalls;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.StreamChooser;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WriteActivity;
import zonefsj.fs.volume.state.WrongCopies;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.journal.JournalZones;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** What commits need of a volume, on a small drive that fails by a script, and in what order. */
final class CommitVolume implements AutoCloseable {
  static final UUID FILESYSTEM = new UUID(0xc0, 0x33);
  static final long ZONE_BYTES = 256 << 10;
  static final int ZONES = 32;
  private static final long HELD_BYTES = 16 << 10;

  /** What happens to drive and index. */
  enum Event {
    WRITE,
    FLUSH,
    APPLY
  }

  /** Something that the index does before it applies a record. */
  @FunctionalInterface
  interface BeforeApply {
    void run() throws IOException;
  }

  /** Something that the drive does before it writes to a zone. */
  @FunctionalInterface
  interface BeforeWrite {
    void run(int zone) throws IOException;
  }

  final FaultScript faults = new FaultScript();
  final List<Event> events = Collections.synchronizedList(new ArrayList<>());
  final WatchedIndex index = new WatchedIndex();
  final ZonedDevice device;
  final ZoneAllocator allocator;
  final ZoneUsage usage = new ZoneUsage(ZONES);
  final DriveZones drive;
  final SpacePlan plan;
  final ChunkWriter chunks;
  final BatchGate gate = new BatchGate();
  final MetadataState metadata;
  final DirtyMemory memory;
  final SpaceAccount space;
  final VolumeHealth health = new VolumeHealth(InstantSource.system(), "");
  final LostRanges lost;
  final LostWrites lostWrites = new LostWrites();
  final Journal journal;
  final BufferingMetadataStore buffered;
  final IndexBackpressure backpressure;
  final SuperblockLog superblockLog;
  final CheckpointWriter checkpointer;
  final CommitLog log;
  final SpaceChanges.Factory spaceChanges;
  final PiecePlacement pieces;
  final BatchPlacement.Factory placements;

  /** Milliseconds that the index on the host believes to have passed. */
  long elapsedMillis;

  /** Reads of applications that needed the drive, as the collector sees them. */
  final AtomicLong applicationReads = new AtomicLong();

  /** Runs before the drive writes. */
  volatile BeforeWrite beforeWrite = zone -> {};

  /** Runs before each flush. */
  CommitLog.Step beforeFlush = () -> {};

  /** Whether the journal has one copy of two, because no other zone is free. */
  boolean lacksJournalCopy;

  /** What frees a zone for a commit. */
  BooleanSupplier freeAZone = () -> false;

  private final List<ZoneHandle> taken = new ArrayList<>();

  CommitVolume() throws IOException {
    this(2 << 20);
  }

  /**
   * @param dirtyBytes of memory, above which writers wait
   */
  CommitVolume(long dirtyBytes) throws IOException {
    this(dirtyBytes, 1 << 20);
  }

  /**
   * @param longestRecordBytes of metadata that may wait for a commit
   */
  CommitVolume(long dirtyBytes, long longestRecordBytes) throws IOException {
    this(dirtyBytes, longestRecordBytes, ZONE_BYTES);
  }

  /**
   * @param zoneBytes length of each zone
   */
  CommitVolume(long dirtyBytes, long longestRecordBytes, long zoneBytes) throws IOException {
    memory =
        new DirtyMemory(dirtyBytes, longestRecordBytes, gate::pendingMetadataBytes, () -> false);
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * zoneBytes).zoneSizeBytes(zoneBytes).build());
    device = new Recorder(new FaultyZonedDevice(ram, faults, ram));
    allocator = new ZoneAllocator(device, device.report(0, ZONES), 1);
    allocator.assign(0, ZoneStream.SUPERBLOCK);
    allocator.assign(1, ZoneStream.SUPERBLOCK);
    allocator.reserveForNextMount(1);
    drive = new DriveZones(device, FILESYSTEM, allocator, usage);
    plan = SpacePlan.of(device.geometry(), device.report(0, ZONES), 1);
    chunks = new ChunkWriter(device, FILESYSTEM, 1, allocator, usage, InstantSource.system());
    buffered = new BufferingMetadataStore(index, HELD_BYTES, () -> elapsedMillis, null);
    BatchRecord.Builder first = new BatchRecord.Builder();
    first.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(2));
    first.put(ColumnFamily.META, Keys.INODE_COUNT, Keys.number(1));
    buffered.apply(first.build(), new AppliedPosition(FILESYSTEM, 0, 0));
    metadata =
        new MetadataState(
            buffered,
            gate,
            new MetadataView(gate, buffered),
            new InodeLocks(),
            Counters.load(buffered));
    space = new SpaceAccount(plan, allocator, usage, chunks, memory);
    lost = new LostRanges(device::geometry, buffered);
    journal =
        new Journal(
            device,
            FILESYSTEM,
            1,
            JournalReader.Result.EMPTY,
            new AnyZones(),
            new SplittableRandom(1));
    backpressure = new IndexBackpressure(buffered, journal, plan.journalLimitBytes(), health);
    log =
        new CommitLog(
            device, FILESYSTEM, journal, buffered, backpressure, space.reserves(), memory, health);
    superblockLog = superblockLog(firstEntry());
    checkpointer = checkpointer(superblockLog);
    spaceChanges =
        new SpaceChanges.Factory(drive, space, health, new CountedRanges(device::geometry));
    pieces =
        new PiecePlacement(chunks, new StreamChooser(drive, buffered), metadata.locks(), memory);
    placements =
        new BatchPlacement.Factory(chunks, pieces, buffered, metadata.locks(), memory, plan, space);
    journal.begin();
    events.clear();
  }

  private SuperblockEntry firstEntry() {
    SuperblockEntry.Facts facts =
        new SuperblockEntry.Facts(
            0,
            0,
            0,
            0,
            ZONES,
            device.geometry().zoneSizeBytes(),
            device.geometry().blockSizeBytes(),
            plan.superblockZones(),
            1,
            "",
            null);
    return new SuperblockEntry(FILESYSTEM, 1, 1, facts, null, null, List.of());
  }

  /** A superblock log that has not been read; nothing is written before the first entry. */
  SuperblockLog superblockLog(SuperblockEntry current) throws IOException {
    return new SuperblockLog(device, allocator, device.report(0, ZONES), current);
  }

  CheckpointWriter checkpointer(SuperblockLog entries) {
    return new CheckpointWriter(
        drive, buffered, journal, entries, plan, space.reserves(), health, null);
  }

  private CheckpointScheduler checkpoints(BatchCommitter batches, Supplier<ErrorPolicy> errors) {
    return new CheckpointScheduler(
        allocator,
        buffered,
        journal,
        plan,
        space,
        health,
        new VolumeClock(InstantSource.system(), () -> elapsedMillis),
        log,
        backpressure,
        batches,
        checkpointer,
        new StagedDataMover(metadata, memory, space, plan.movesInRecordBytes()),
        errors);
  }

  /** The parts that commit, as a mount has them: each once, and the others use it. */
  record Commits(
      BatchCommitter batches,
      CheckpointScheduler checkpoints,
      Committer committer,
      RelocationCommitter relocations,
      LostDataCommitter lostData) {}

  Commits commits(ErrorPolicy errors) {
    return commits(() -> errors);
  }

  Commits commits(Supplier<ErrorPolicy> errors) {
    BatchCommitter batches =
        new BatchCommitter(
            log,
            metadata,
            placements,
            spaceChanges,
            memory,
            space,
            usage,
            lost,
            lostWrites,
            health,
            errors);
    CheckpointScheduler checkpoints = checkpoints(batches, errors);
    return new Commits(
        batches,
        checkpoints,
        new Committer(
            batches,
            checkpoints,
            () -> freeAZone.getAsBoolean(),
            new RequestCalls(Patience.NONE, null)),
        new RelocationCommitter(
            log,
            checkpoints,
            chunks,
            buffered,
            metadata.locks(),
            spaceChanges,
            lost,
            InstantSource.system()),
        new LostDataCommitter(log, checkpoints, lost));
  }

  /** Moves data for a collector. */
  Relocator relocator(Commits commits) {
    VolumeClock clock = new VolumeClock(InstantSource.system(), () -> elapsedMillis);
    VerifiedReader reader = new VerifiedReader(device);
    ContentReader content =
        new ContentReader(drive, metadata, reader, lost, new WrongCopies(metadata.view()), clock);
    return new Relocator(
        drive,
        metadata.view(),
        reader,
        lost,
        clock,
        new LiveExtents(device, buffered, metadata.locks(), lost, clock, content),
        chunks,
        commits.relocations(),
        log);
  }

  VolumeCollector collector(Commits commits, GcOptions options) {
    VolumeClock clock = new VolumeClock(InstantSource.system(), () -> elapsedMillis);
    return new VolumeCollector(
        drive,
        space,
        health,
        clock,
        relocator(commits),
        new WriteActivity(clock::elapsedMillis),
        options);
  }

  Committer committer(ErrorPolicy errors) {
    return commits(errors).committer();
  }

  // ---- what applications do

  /** Sets a key in the open batch. */
  void put(long inode, int value) {
    gate.enter().put(ColumnFamily.INODES, Keys.inode(inode), new byte[] {(byte) value});
    gate.exit();
  }

  /** The value of a key in the index; -1 if it is not there. */
  int applied(long inode) throws IOException {
    byte[] value = buffered.get(ColumnFamily.INODES, Keys.inode(inode));
    return value == null ? -1 : value[0];
  }

  /** Writes bytes that differ from file to file and from offset to offset. */
  void write(long inode, long offset, int length) {
    Batch batch = gate.enter();
    metadata.locks().of(inode).writeLock().lock();
    try {
      long bytes =
          batch.file(inode).write(offset, content(inode, offset, length), memory, (run, at) -> {});
      batch.reserve(bytes);
      space.reserve(bytes);
    } finally {
      metadata.locks().of(inode).writeLock().unlock();
      gate.exit();
    }
  }

  static ByteBuffer content(long inode, long offset, int length) {
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; at++) {
      bytes[at] = (byte) (31 * inode + (offset + at) % 251);
    }
    return ByteBuffer.wrap(bytes);
  }

  /** The run of a file that is all of what a batch has of it. */
  static WriteBuffer run(Batch batch, long inode) {
    return Objects.requireNonNull(
        batch.file(inode).intervals().iterator().next().buffer(), "a run");
  }

  // ---- what the index has

  /** The extents of a file, in order. */
  List<Extent> extents(long inode) throws IOException {
    List<Extent> found = new ArrayList<>();
    buffered.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, 1),
        Keys.extent(inode + 1, 0),
        (key, value) -> found.add(Extent.decode(Keys.extentEnd(key), value)));
    return found;
  }

  int keys(ColumnFamily family) throws IOException {
    int[] count = {0};
    buffered.scan(
        family,
        new byte[0],
        null,
        (key, value) -> {
          count[0]++;
          return true;
        });
    return count[0];
  }

  /** The zone of an extent. */
  int zoneOf(Extent extent) {
    return drive
        .device()
        .geometry()
        .zoneOf(Objects.requireNonNull(extent.placed(), "in a zone").positionBytes());
  }

  // ---- zones

  /** Somebody has all zones that file data may take; with the reserve of the collector or not. */
  void takeAllZones(boolean withReserve) throws IOException {
    while (true) {
      Optional<ZoneHandle> next =
          withReserve
              ? allocator.allocateUsingReserve(ZoneStream.HOT)
              : allocator.allocate(ZoneStream.HOT);
      if (next.isEmpty()) {
        return;
      }
      ZoneHandle handle = next.get();
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      handle.close();
      taken.add(handle);
    }
  }

  /** Gives one of them back; false if there is none. */
  boolean giveZoneBack() {
    if (taken.isEmpty()) {
      return false;
    }
    try {
      allocator.reset(taken.remove(taken.size() - 1).zone());
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    checkpointer.close();
    journal.close();
    chunks.close();
    device.close();
  }

  /** Tells when something was written or flushed. */
  private final class Recorder extends FilterZonedDevice {
    Recorder(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      beforeWrite.run(geometry().zoneOf(positionBytes));
      super.write(positionBytes, sources);
      events.add(Event.WRITE);
    }

    @Override
    public long append(int zone, ByteBuffer... sources) throws IOException {
      beforeWrite.run(zone);
      long position = super.append(zone, sources);
      events.add(Event.WRITE);
      return position;
    }

    @Override
    public void flush() throws IOException {
      beforeFlush.run();
      super.flush();
      events.add(Event.FLUSH);
    }
  }

  /** Zones for segments, without a superblock entry that names them. */
  private final class AnyZones implements JournalZones {
    @Override
    public List<ZoneHandle> nextZones(
        List<JournalSegment> closed,
        JournalPosition before,
        List<ZoneHandle> open,
        long firstFrameBytes)
        throws IOException {
      if (lacksJournalCopy && !open.isEmpty()) {
        return open;
      }
      for (ZoneHandle handle : open) {
        handle.close();
      }
      return List.of(
          allocator
              .allocate(ZoneStream.JOURNAL)
              .orElseThrow(() -> new IOException("no zone for the journal")));
    }

    @Override
    public boolean hasRoomForSegment(
        List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end) {
      return false;
    }

    @Override
    public int copies() {
      return lacksJournalCopy ? 2 : 1;
    }
  }

  /** An index in memory that tells when it is changed, and may refuse. */
  final class WatchedIndex extends DelegatingStore {
    /** Runs before a record is applied. */
    volatile BeforeApply beforeApply = () -> {};

    /** Entries that scans have visited. */
    int visits;

    /** Whether the files of an image are damaged. */
    boolean filesAreDamaged;

    /** Whether the host takes no image. */
    boolean hostIsFull;

    /** How often it was compacted. */
    int compactions;

    /** How long a compaction takes. */
    long compactionMillis;

    /** How long an image takes. */
    long imageMillis;

    /** Bytes of an image that a compaction removes. */
    long garbageBytes;

    WatchedIndex() throws IOException {
      super(new MemoryMetadataStores().create());
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      beforeApply.run();
      super.apply(batch, mark);
      events.add(Event.APPLY);
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      super.scan(
          family,
          from,
          to,
          (key, value) -> {
            visits++;
            return visitor.visit(key, value);
          });
    }

    @Override
    public long imageBytes() {
      return super.imageBytes() + garbageBytes;
    }

    @Override
    public CheckpointContent checkpoint() throws IOException {
      CheckpointContent content = super.checkpoint();
      elapsedMillis += imageMillis;
      if (hostIsFull) {
        content.close();
        throw new HostException("no space left on the host");
      }
      return filesAreDamaged ? new DamagedContent(content) : content;
    }

    @Override
    public void compact() throws IOException {
      compactions++;
      elapsedMillis += compactionMillis;
      garbageBytes = 0;
      super.compact();
    }
  }

  /** An image whose files cannot be read. */
  private record DamagedContent(CheckpointContent whole) implements CheckpointContent {
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
      throw new IOException("the index is damaged: " + file.name());
    }

    @Override
    public void close() throws IOException {
      whole.close();
    }
  }
}
