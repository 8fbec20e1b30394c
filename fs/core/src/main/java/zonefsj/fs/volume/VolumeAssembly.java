// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.Patience;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.commit.BatchCommitter;
import zonefsj.fs.volume.commit.BatchPlacement;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CheckpointWriter;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.CommitRequests;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.commit.CountedRanges;
import zonefsj.fs.volume.commit.EarlyPlacement;
import zonefsj.fs.volume.commit.ExtentCounter;
import zonefsj.fs.volume.commit.IndexBackpressure;
import zonefsj.fs.volume.commit.LostDataCommitter;
import zonefsj.fs.volume.commit.PiecePlacement;
import zonefsj.fs.volume.commit.RelocationCommitter;
import zonefsj.fs.volume.commit.SpaceChanges;
import zonefsj.fs.volume.commit.StagedDataMover;
import zonefsj.fs.volume.operations.ContentWriter;
import zonefsj.fs.volume.operations.LargeDeletions;
import zonefsj.fs.volume.operations.NamespaceOperations;
import zonefsj.fs.volume.operations.OpenFiles;
import zonefsj.fs.volume.operations.Operations;
import zonefsj.fs.volume.operations.VolumeFileSystem;
import zonefsj.fs.volume.operations.VolumeReclaimer;
import zonefsj.fs.volume.reclaim.CollectionByCommand;
import zonefsj.fs.volume.reclaim.CollectionForRoom;
import zonefsj.fs.volume.reclaim.CollectionInBackground;
import zonefsj.fs.volume.reclaim.CopyRepair;
import zonefsj.fs.volume.reclaim.Defragmenter;
import zonefsj.fs.volume.reclaim.LiveExtents;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.reclaim.WriterThrottle;
import zonefsj.fs.volume.reclaim.ZoneEmptying;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.recovery.ZoneAssignments;
import zonefsj.fs.volume.scrub.MetadataScrub;
import zonefsj.fs.volume.scrub.Scrubber;
import zonefsj.fs.volume.scrub.ZoneWatch;
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
import zonefsj.fs.volume.stored.SegmentZones;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneLimits;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Builds the parts of a volume, from the lowest layer up: state, commit, reclaim, scrub,
 * operations. Each part receives the parts that it uses, and none that is built later. Writes
 * nothing.
 */
final class VolumeAssembly {
  /**
   * Memory for changes of the index that the host does not take: this, and a quarter of the limit
   * of dirty memory, but never more than a quarter of the heap.
   */
  private static final long HELD_BYTES = 48L << 20;

  private static final int HELD_IN_HEAP = 4;
  private static final int HELD_IN_DIRTY = 4;

  final Patience patience;
  final DriveZones drive;
  final CachingMetadataStore index;
  final Journal journal;
  final SuperblockLog superblockLog;
  final BatchGate gate;
  final VolumeHealth health;
  final LostRanges lost;
  final CommitLog log;
  final Committer committer;
  final EarlyPlacement earlyPlacement;
  final CommitRequests requests;
  final LostDataCommitter lostData;
  final CheckpointWriter checkpointer;
  final CheckpointScheduler checkpoints;
  final LiveExtents liveExtents;
  final VolumeCollector collector;
  final CollectionByCommand byCommand;
  final ZoneEmptying emptying;
  final CopyRepair copyRepair;
  final Defragmenter defragmenter;
  final MetadataScrub metadataScrub;
  final Scrubber scrubber;
  final ZoneWatch watch;
  final VolumeFileSystem fileSystem;
  final VolumeResize resize;
  final OrphanPurge orphans;
  final StatusReport status;
  final DirtyMemory memory;
  final VolumeClock clock;
  private final Counters inodes;
  private final BatchCommitter batches;
  private final TracingZonedDevice traced;
  final Unmount unmount;
  final @Nullable BackgroundWork background;

  /**
   * @param device the zones of the filesystem
   * @param traced the drive that they belong to
   * @param current the options of now; those that cannot change stay as they are
   * @param names returns the facts of mkfs with the names changed
   * @param recovered the result of the recovery
   * @param guard of all threads
   * @param flushers write full write buffers; null: the thread that filled one does
   */
  VolumeAssembly(
      FirstZones device,
      TracingZonedDevice traced,
      CurrentOptions current,
      VolumeEnvironment environment,
      UnaryOperator<SuperblockEntry.Facts> names,
      Recovery.Recovered recovered,
      ThreadGuard guard,
      @Nullable ExecutorService flushers)
      throws IOException {
    this.traced = traced;
    VolumeOptions options = current.get();
    Supplier<ErrorPolicy> errors = () -> current.get().errors();
    SuperblockEntry old = recovered.entry();
    UUID filesystem = old.filesystem();
    long epoch = old.epoch() + 1;
    int journalCopies = old.facts().journalCopies();

    // The drive and its structures.
    clock = new VolumeClock(environment.clock(), environment.elapsedMillis());
    // First: it refuses a drive that allows too few active zones, with words.
    SpacePlan plan =
        SpacePlan.ofFormatted(device.geometry(), recovered.report(), journalCopies)
            .withCollectorZones(options.gc().reserveZones());
    ZoneLimits limits = options.readOnly() ? ZoneLimits.DEFAULT : options.zones();
    SpacePlan.checkActiveZones(limits, journalCopies);
    ZoneAllocator allocator = new ZoneAllocator(device, recovered.report(), journalCopies, limits);
    ZoneUsage usage = new ZoneUsage(device.geometry().zoneCount());
    drive = new DriveZones(device, filesystem, allocator, usage);
    SuperblockEntry entry =
        old.withGenerationAboveUnread(recovered.report())
            .withFacts(names.apply(old.facts()))
            .withEpoch(epoch, recovered.journal().segments());
    superblockLog = new SuperblockLog(device, allocator, recovered.report(), entry);
    journal =
        new Journal(
            device,
            filesystem,
            epoch,
            recovered.journal(),
            new SegmentZones(device, allocator, superblockLog),
            environment.nonces());
    ChunkWriter chunks = new ChunkWriter(device, filesystem, epoch, allocator, usage, clock);
    VerifiedReader reader = new VerifiedReader(device);

    // State.
    BufferingMetadataStore buffering = bufferingIndex(recovered, options, environment, guard);
    index = new CachingMetadataStore(buffering, Math.max(1 << 20, options.cacheBytes() / 2));
    inodes = Counters.load(index);
    gate = new BatchGate();
    MetadataState metadata =
        new MetadataState(index, gate, new MetadataView(gate, index), new InodeLocks(), inodes);
    patience = Patience.of(device);
    ExecutorService callers = environment.background() ? RequestCalls.threads(guard) : null;
    RequestCalls calls = new RequestCalls(patience, callers);
    memory =
        new DirtyMemory(
            options.dirtyBytes(),
            plan.longestRecordBytes(),
            gate::pendingMetadataBytes,
            patience::isExhausted);
    SpaceAccount space = new SpaceAccount(plan, allocator, usage, chunks, memory);
    health =
        new VolumeHealth(
            environment.clock(), options.readOnly() ? "the filesystem is mounted read-only" : "");
    lost = new LostRanges(device::geometry, index);
    WrongCopies wrongCopies = new WrongCopies(metadata.view());
    ContentReader content = new ContentReader(drive, metadata, reader, lost, wrongCopies, clock);
    WriteActivity activity = new WriteActivity(environment.elapsedMillis());
    WriteTraffic traffic =
        new WriteTraffic(
            environment.elapsedMillis(), activity::bytes, () -> traced.counters().writtenBytes());
    ZoneAssignments.assign(drive, index, recovered);
    space.reserves().zonesAssigned();
    int unreadable = lost.load();
    if (unreadable > 0) {
      health.report(unreadable + " records of lost data cannot be read; run zonefs-j fsck");
    }
    space.stage(StagedDataMover.bytesIn(index));
    space.reserves().indexChanged(index.compactImageBytes());

    // Commit.
    IndexBackpressure backpressure =
        new IndexBackpressure(buffering, journal, plan.journalLimitBytes(), health);
    log =
        new CommitLog(
            device, filesystem, journal, index, backpressure, space.reserves(), memory, health);
    guard.tell(log::breakDown);
    CountedRanges counted = new CountedRanges(device::geometry);
    SpaceChanges.Factory spaceChanges = new SpaceChanges.Factory(drive, space, health, counted);
    StreamChooser streams = new StreamChooser(drive, index);
    PiecePlacement pieces = new PiecePlacement(chunks, streams, metadata.locks(), memory);
    LostWrites lostWrites = new LostWrites();
    batches =
        new BatchCommitter(
            log,
            metadata,
            new BatchPlacement.Factory(
                chunks, pieces, index, metadata.locks(), memory, plan, space),
            spaceChanges,
            memory,
            space,
            usage,
            lost,
            lostWrites,
            health,
            errors);
    checkpointer =
        new CheckpointWriter(
            drive,
            index,
            journal,
            superblockLog,
            plan,
            space.reserves(),
            health,
            recovered.checkpoint());
    checkpoints =
        new CheckpointScheduler(
            allocator,
            index,
            journal,
            plan,
            space,
            health,
            clock,
            log,
            backpressure,
            batches,
            checkpointer,
            new StagedDataMover(metadata, memory, space, plan.movesInRecordBytes()),
            errors);
    RelocationCommitter relocations =
        new RelocationCommitter(
            log, checkpoints, chunks, index, metadata.locks(), spaceChanges, lost, clock);
    lostData = new LostDataCommitter(log, checkpoints, lost);

    // Reclaim.
    liveExtents = new LiveExtents(device, index, metadata.locks(), lost, clock, content);
    Relocator relocator =
        new Relocator(
            drive, metadata.view(), reader, lost, clock, liveExtents, chunks, relocations, log);
    collector = new VolumeCollector(drive, space, health, clock, relocator, activity, options.gc());
    CollectionInBackground inBackground =
        new CollectionInBackground(collector, health, content::driveReads);
    emptying = new ZoneEmptying(drive, collector);
    WriterThrottle throttle = new WriterThrottle(collector, inBackground, health);
    CollectionForRoom forRoom = new CollectionForRoom(collector, space, health);
    // After the collector: a batch that finds no zone asks it to free one.
    committer = new Committer(batches, checkpoints, forRoom::collect, calls);
    earlyPlacement = new EarlyPlacement(gate, metadata.locks(), memory, pieces, space, health);
    requests = new CommitRequests(committer, earlyPlacement);
    copyRepair =
        new CopyRepair(wrongCopies, collector, emptying, relocator, space, health, committer);
    byCommand = new CollectionByCommand(drive, collector, emptying, throttle);
    defragmenter =
        new Defragmenter(drive, index, collector, byCommand, throttle, relocator, space, committer);

    // Scrub.
    ZonedDevice medium = OneCopyDevice.pastCaches(device);
    metadataScrub =
        new MetadataScrub(
            medium, filesystem, journal, superblockLog, health, checkpoints, checkpointer);
    scrubber =
        new Scrubber(
            drive,
            metadata,
            medium,
            new VerifiedReader(medium),
            lost,
            health,
            clock,
            liveExtents,
            metadataScrub,
            wrongCopies,
            copyRepair);
    watch =
        new ZoneWatch(
            drive, superblockLog, chunks, health, clock, checkpoints, log, recovered.report());

    // Operations.
    OpenFiles open = new OpenFiles();
    ExtentCounter counter = new ExtentCounter(log, index, counted, committer, calls);
    LargeDeletions deletions = new LargeDeletions(counter, health, environment.background());
    VolumeReclaimer reclaimer =
        new VolumeReclaimer(
            forRoom,
            throttle,
            committer,
            open,
            deletions,
            calls,
            health,
            environment.background() && !options.readOnly());
    Operations operations =
        new Operations(
            filesystem,
            metadata,
            memory,
            space,
            health,
            clock,
            reclaimer,
            counter,
            calls,
            requests::request,
            log::failIncompleteChange);
    Executor executor = flushers == null ? Runnable::run : flushers;
    ContentWriter writer =
        new ContentWriter(operations, content, chunks, streams, activity, executor, guard);
    NamespaceOperations namespace = new NamespaceOperations(operations, open, deletions);
    fileSystem =
        new VolumeFileSystem(
            drive,
            reader,
            space,
            operations,
            namespace,
            content,
            writer,
            open,
            log,
            committer,
            lostWrites,
            () -> superblockLog.current().facts().label(),
            current);

    // The mount.
    resize =
        new VolumeResize(
            device,
            drive,
            journal,
            log,
            superblockLog,
            space,
            health,
            chunks,
            committer,
            checkpoints,
            checkpointer,
            collector,
            forRoom,
            emptying,
            options.gc().reserveZones());
    orphans = new OrphanPurge(namespace, committer, health);
    status =
        new StatusReport(
            drive,
            metadata.view(),
            journal,
            superblockLog,
            space,
            memory,
            lost,
            health,
            index,
            backpressure,
            deletions,
            traffic,
            () -> new RepairStatus(traced.wrongReads(), wrongCopies.moved(), wrongCopies.waiting()),
            clock);
    unmount =
        new Unmount(
            drive,
            journal,
            superblockLog,
            chunks,
            index,
            health,
            log,
            committer,
            lostData,
            checkpoints,
            checkpointer);
    background =
        environment.background()
            ? new BackgroundWork(
                memory,
                health,
                log,
                committer,
                requests,
                patience,
                lostData,
                checkpoints,
                inBackground,
                copyRepair,
                watch,
                () -> orphans.run(ProgressListener.NONE),
                deletions,
                namespace::deleteOrphan,
                scrubber,
                traffic,
                () -> current.get().commitInterval(),
                guard,
                flushers,
                callers,
                environment.elapsedMillis())
            : null;
  }

  VolumeCounters counters() {
    return new VolumeCounters(
        traced.counters(),
        batches.latency(),
        batches.unsyncedNanos(),
        traced.geometry(),
        drive.allocator().activeZones(),
        fileSystem.readBytes(),
        inodes.values().inodes(),
        index.statistics(),
        memory.pendingBytes(),
        memory.limitBytes(),
        health.errorCount(),
        scrubber.record());
  }

  private static BufferingMetadataStore bufferingIndex(
      Recovery.Recovered recovered,
      VolumeOptions options,
      VolumeEnvironment environment,
      ThreadGuard guard) {
    return new BufferingMetadataStore(
        recovered.index(),
        Math.min(
            // The limit may rise later.
            HELD_BYTES
                + Math.max(options.dirtyBytes(), VolumeOptions.DEFAULT.dirtyBytes())
                    / HELD_IN_DIRTY,
            Runtime.getRuntime().maxMemory() / HELD_IN_HEAP),
        environment.elapsedMillis(),
        environment.background() ? guard : null);
  }
}
