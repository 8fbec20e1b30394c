package zonefsj.fs.volume;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.HoldingMetadataStore;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.commit.Checkpointer;
import zonefsj.fs.volume.commit.Checkpoints;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.commit.IndexBacklog;
import zonefsj.fs.volume.commit.StagedData;
import zonefsj.fs.volume.operations.ContentWriter;
import zonefsj.fs.volume.operations.NamespaceOperations;
import zonefsj.fs.volume.operations.OpenFiles;
import zonefsj.fs.volume.operations.Operations;
import zonefsj.fs.volume.operations.VolumeFileSystem;
import zonefsj.fs.volume.reclaim.LiveExtents;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.recovery.ZoneClaims;
import zonefsj.fs.volume.scrub.MetadataScrub;
import zonefsj.fs.volume.scrub.Scrubber;
import zonefsj.fs.volume.scrub.ZoneWatch;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.Counters;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.VolumeParts;
import zonefsj.fs.volume.state.WriteActivity;
import zonefsj.fs.volume.stored.RootEntry;
import zonefsj.fs.volume.stored.RootLog;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.fs.volume.stored.SegmentZones;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** A mounted volume. Thread-safe. */
public final class Volume implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Volume.class);

  /** Inodes without a name that a mount purges with one commit. */
  private static final int ORPHANS_A_COMMIT = 1000;

  /**
   * Memory for changes of the index that the host does not take: so much, a quarter of what waits
   * for a commit, and never more than a quarter of the heap.
   */
  private static final long HELD_BYTES = 48L << 20;

  private static final int HELD_IN_HEAP = 4;
  private static final int HELD_IN_DIRTY = 4;

  private final VolumeParts parts;
  private final VolumeOptions initialOptions;
  private final Committer committer;
  private final Checkpointer checkpointer;
  private final Checkpoints checkpoints;
  private final WriteActivity activity;
  private final VolumeFileSystem fileSystem;
  private final VolumeCollector collector;
  private final ZoneWatch watch;
  private final MetadataScrub metadataScrub;
  private final LiveExtents liveExtents;
  private final Scrubber scrubber;
  private final @Nullable BackgroundWork background;
  private final LateReclaimer late;
  private final NamespaceOperations names;
  private final Unmount unmount;
  private final TracingZonedDevice traced;
  private final CachingMetadataStore cache;
  private final IndexBacklog backlog;
  private VolumeOptions.GcOptions gcOptions;
  private boolean closed;

  private Volume(
      VolumeParts parts,
      VolumeOptions options,
      VolumeEnvironment environment,
      TracingZonedDevice traced,
      CachingMetadataStore cache,
      HoldingMetadataStore held,
      LateReclaimer late,
      ThreadGuard guard,
      @Nullable ExecutorService flushers,
      Recovery.Recovered recovered)
      throws IOException {
    this.parts = parts;
    this.initialOptions = options;
    this.gcOptions = options.gc();
    this.traced = traced;
    this.cache = cache;
    this.backlog =
        new IndexBacklog(held, parts.journal(), parts.plan().journalLimitBytes(), parts.health());
    this.checkpointer = new Checkpointer(parts, recovered.checkpoint());
    this.committer = new Committer(parts, backlog, options.errors());
    this.checkpoints = new Checkpoints(parts, backlog, committer, checkpointer, options.errors());
    guard.tell(committer::breakDown);
    Operations operations = new Operations(parts, committer::brokeOff);
    OpenFiles open = new OpenFiles();
    ContentReader content = new ContentReader(parts);
    Executor executor = flushers == null ? Runnable::run : flushers;
    this.activity = new WriteActivity(parts.elapsedMillis());
    ContentWriter writer = new ContentWriter(operations, content, activity, executor, guard);
    NamespaceOperations names = new NamespaceOperations(operations, open);
    this.fileSystem =
        new VolumeFileSystem(
            operations, names, content, writer, open, committer, options.accessTimes());
    this.liveExtents = new LiveExtents(parts, content);
    this.collector =
        new VolumeCollector(
            parts, new Relocator(parts, liveExtents, committer), committer, activity, options.gc());
    late.open = open;
    late.collector = collector;
    late.committer = committer;
    late.checkpoints = checkpoints;
    this.metadataScrub = new MetadataScrub(parts, checkpoints, checkpointer);
    this.scrubber = new Scrubber(parts, liveExtents, metadataScrub);
    this.watch = new ZoneWatch(parts, checkpoints, recovered.report());
    this.background =
        environment.background()
            ? new BackgroundWork(
                parts,
                committer,
                checkpoints,
                collector,
                watch,
                this::purgeOrphans,
                scrubber,
                options,
                guard,
                flushers)
            : null;
    this.late = late;
    this.names = names;
    this.unmount = new Unmount(parts, committer, checkpoints, checkpointer);
  }

  /**
   * Mounts a drive.
   *
   * @throws IOException with one clear line if it holds no filesystem, or not a whole one; nothing
   *     is written then
   */
  public static Volume mount(ZonedDevice device, VolumeOptions options, ProgressListener progress)
      throws IOException {
    return mount(device, options, VolumeEnvironment.of(options), progress);
  }

  /** Mounts a drive in an environment that the caller decides. */
  public static Volume mount(
      ZonedDevice rawDevice,
      VolumeOptions options,
      VolumeEnvironment environment,
      ProgressListener progress)
      throws IOException {
    return mount(rawDevice, options, environment, facts -> facts, progress);
  }

  /**
   * Mounts a drive, and gives it other names with the root that a mount writes first: a crash
   * before that is durable leaves the old ones.
   *
   * @param names what the mkfs decided, with the names changed
   */
  public static Volume mount(
      ZonedDevice rawDevice,
      VolumeOptions options,
      VolumeEnvironment environment,
      UnaryOperator<RootEntry.Facts> names,
      ProgressListener progress)
      throws IOException {
    TracingZonedDevice device = new TracingZonedDevice(rawDevice);
    Recovery.Recovered recovered =
        new Recovery(device, environment.stores(), progress).run(!options.readOnly());
    ThreadGuard guard = new ThreadGuard();
    ExecutorService flushers = null;
    boolean mounted = false;
    try {
      if (environment.background()) {
        flushers = BackgroundWork.flushers(guard);
      }
      Volume volume = assemble(device, options, environment, names, recovered, guard, flushers);
      volume.start(recovered);
      mounted = true;
      return volume;
    } finally {
      if (!mounted) {
        if (flushers != null) {
          flushers.shutdownNow();
        }
        recovered.index().close();
      }
    }
  }

  private static Volume assemble(
      TracingZonedDevice device,
      VolumeOptions options,
      VolumeEnvironment environment,
      UnaryOperator<RootEntry.Facts> names,
      Recovery.Recovered recovered,
      ThreadGuard guard,
      @Nullable ExecutorService flushers)
      throws IOException {
    RootEntry old = recovered.root();
    UUID filesystem = old.filesystem();
    long epoch = old.epoch() + 1;
    SpacePlan plan =
        SpacePlan.ofFormatted(device.geometry(), recovered.report(), old.facts().journalCopies())
            .withCollectorZones(options.gc().reserveZones());
    ZoneAllocator allocator =
        new ZoneAllocator(device, recovered.report(), old.facts().journalCopies());
    ZoneUsage usage = new ZoneUsage(device.geometry().zoneCount());
    HoldingMetadataStore held =
        new HoldingMetadataStore(
            recovered.index(),
            Math.min(
                HELD_BYTES + options.dirtyBytes() / HELD_IN_DIRTY,
                Runtime.getRuntime().maxMemory() / HELD_IN_HEAP),
            environment.elapsedMillis());
    CachingMetadataStore index =
        new CachingMetadataStore(held, Math.max(1 << 20, options.cacheBytes() / 2));
    BatchGate gate = new BatchGate();
    LateReclaimer late = new LateReclaimer();
    DirtyMemory memory =
        new DirtyMemory(
            options.dirtyBytes(),
            plan.longestRecordBytes(),
            gate::pendingMetadataBytes,
            late::relieve);
    ChunkWriter chunks =
        new ChunkWriter(device, filesystem, epoch, allocator, usage, environment.clock());
    SpaceAccount space = new SpaceAccount(plan, allocator, usage, chunks, memory, late);
    RootEntry root =
        old.aboveUnread(recovered.report())
            .withFacts(names.apply(old.facts()))
            .withEpoch(epoch, recovered.journal().segments());
    RootLog roots = new RootLog(device, allocator, recovered.report(), root);
    Journal journal =
        new Journal(
            device,
            filesystem,
            epoch,
            recovered.journal().segments(),
            recovered.journal().end(),
            new SegmentZones(device, allocator, roots),
            environment.nonces());
    VolumeParts parts =
        new VolumeParts(
            device,
            filesystem,
            plan,
            allocator,
            usage,
            index,
            gate,
            new MetadataView(gate, index),
            new InodeLocks(),
            Counters.load(index),
            memory,
            chunks,
            new VerifiedReader(device),
            space,
            journal,
            roots,
            new VolumeHealth(
                environment.clock(),
                options.readOnly() ? "the filesystem is mounted read-only" : ""),
            new LostRanges(device.geometry(), index),
            environment.clock(),
            environment.elapsedMillis());
    ZoneClaims.claim(parts, recovered);
    int unreadable = parts.lost().load();
    if (unreadable > 0) {
      parts.health().report(unreadable + " records of lost data cannot be read; run zonefs-j fsck");
    }
    space.stage(StagedData.bytesIn(index));
    space.shares().indexChanged(index.compactImageBytes());
    return new Volume(
        parts, options, environment, device, index, held, late, guard, flushers, recovered);
  }

  private void start(Recovery.Recovered recovered) throws IOException {
    recovered.notes().forEach(parts.health()::report);
    if (initialOptions.readOnly()) {
      return;
    }
    // The cut of a torn tail becomes durable before anything else is written.
    parts.journal().begin();
    parts.device().flush();
    // At once: mounts that crash before their collector runs must not use up the free zones.
    collector.resetEmptied();
    if (recovered.journalHasHoles() || checkpoints.losesMetadata()) {
      // Only the index knows what was in the journal's dead zones; of an image there is one copy.
      checkpoints.take();
    }
    purgeOrphans();
    parts.allocator().keepForNextMount(parts.roots().current().facts().journalCopies());
    if (background != null) {
      background.start();
      // Only now: before, whoever needs a commit makes it himself.
      late.background = background;
    }
  }

  /** Each commit takes a bounded number of them: memory has to take what waits for a commit. */
  private void purgeOrphans() throws IOException {
    try {
      long next = 0;
      while (next >= 0) {
        next = names.purgeOrphans(next, ORPHANS_A_COMMIT);
        committer.commit();
      }
    } catch (ErrnoException refused) {
      if (!parts.health().isQuiet()) {
        throw new IOException("orphans could not be purged", refused);
      }
      LOG.info("files without a name end later: {}", refused.getMessage());
    }
  }

  /** The filesystem. */
  public ZoneFileSystem fileSystem() {
    return fileSystem;
  }

  /** UUID of the filesystem. */
  public UUID uuid() {
    return identity().uuid();
  }

  /** By what names it is known. */
  public VolumeIdentity identity() {
    return VolumeIdentity.of(parts.roots().current());
  }

  /** How it was mounted, with the collector's settings of now. */
  public synchronized VolumeOptions options() {
    return new VolumeOptions(
        initialOptions.readOnly() || parts.health().isFrozen(),
        initialOptions.commitInterval(),
        initialOptions.indexDirectory(),
        initialOptions.cacheBytes(),
        initialOptions.dirtyBytes(),
        initialOptions.accessTimes(),
        initialOptions.errors(),
        gcOptions);
  }

  /** Changes the collector's settings. */
  public synchronized void set(VolumeOptions.GcOptions gc) {
    gcOptions = gc;
    collector.configure(gc);
  }

  /**
   * Keeps changes out from now on, makes all earlier ones durable, and stops the collector: the
   * mount turns read-only. Does nothing if it was mounted so.
   *
   * @throws IOException if not all could be made durable; changes are kept out all the same
   */
  public void freeze() throws IOException, ErrnoException {
    if (!initialOptions.readOnly()) {
      parts.health().setFrozen(true);
      fileSystem.sync();
    }
  }

  /**
   * Lets changes in again, and ends the files whose last name or handle went meanwhile.
   *
   * @throws ErrnoException EROFS if it was mounted read-only, or turned so by an error
   */
  public void thaw() throws ErrnoException {
    if (parts.health().isReadOnly()) {
      throw new ErrnoException(Errno.EROFS, parts.health().readOnlyReason());
    }
    parts.health().setFrozen(false);
    try {
      purgeOrphans();
    } catch (IOException failed) {
      LOG.warn("files without a name are left to the next mount", failed);
    }
  }

  /**
   * Whether nothing can be made durable: it was mounted read-only, or an error has turned it so.
   */
  public boolean isReadOnly() {
    return parts.health().isReadOnly();
  }

  /** Collects every zone that is worth it, now. */
  public void runGc(ProgressListener progress) throws IOException {
    collector.collectAll(progress);
  }

  /**
   * Verifies all checksums, from where an earlier scrub was stopped.
   *
   * @param bytesPerSecond at most; 0 for no limit
   * @param startOver begin anew
   * @param goOn asked again and again; the scrub is stopped when it says no
   */
  public ScrubRecord scrub(
      long bytesPerSecond, boolean startOver, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    return scrubber.run(bytesPerSecond, startOver, goOn, progress);
  }

  /** Looks for zones that died, and saves what can be saved, now. */
  public void lookForDyingZones() throws IOException {
    watch.lookAtAll();
    collector.evacuate();
    watch.replaceSuperblockZone();
  }

  /** Writes anew what is damaged of journal and checkpoint, and takes a checkpoint. */
  public void renewMetadata() throws IOException {
    metadataScrub.run(bytes -> {}, ProgressListener.NONE, () -> true);
    checkpoint();
  }

  /** Lists the data that were given up, as the extents say, and makes the list durable. */
  public void listLostData() throws IOException {
    liveExtents.listLost(() -> true);
    committer.saveLost();
  }

  /** Takes a checkpoint now. */
  public void checkpoint() throws IOException {
    committer.commit();
    checkpoints.take();
  }

  /** The state at this instant. */
  public VolumeStatus status() {
    return new StatusReport(parts, cache, backlog)
        .of(
            collector.snapshot(),
            committer.commits(),
            checkpointer.checkpoints(),
            scrubber.describe(),
            activity.bytes(),
            traced.counters().writtenBytes());
  }

  /** The facts of the drive. */
  public DeviceGeometry geometry() {
    return parts.device().geometry();
  }

  /** All zones as the drive reports them and the volume uses them. */
  public List<ZoneView> zones() throws IOException {
    List<ZoneView> views = new ArrayList<>();
    List<ZoneState> states = parts.allocator().states();
    for (ZoneDescriptor zone : parts.device().report(0, parts.device().geometry().zoneCount())) {
      ZoneState state = states.get(zone.index());
      String role = zone.condition() == ZoneCondition.EMPTY ? "free" : StatusReport.roleOf(state);
      ZoneStream stream = state.stream();
      boolean data = stream != null && stream.isData();
      long live = data ? parts.usage().liveBytes(zone.index()) : zone.writtenBytes();
      views.add(new ZoneView(zone, role, live));
    }
    return views;
  }

  /** Makes everything durable and lets go of the drive, which the caller closes. Idempotent. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    scrubber.stop();
    collector.stop();
    try {
      if (background != null) {
        background.stop();
      }
      if (!parts.health().isReadOnly()) {
        unmount.makeDurable();
      }
    } finally {
      unmount.release();
    }
  }

  /** Lets go of everything and writes nothing, as if the power had gone. For tests. */
  public synchronized void abandon() throws IOException {
    if (!closed) {
      closed = true;
      scrubber.stop();
      collector.stop();
      if (background != null) {
        background.stop();
      }
      parts.index().close();
    }
  }

  /** The journal's end, for tests of recovery. */
  JournalPosition journalEnd() {
    return parts.journal().end();
  }

  /** The index, for checks. */
  MetadataStore index() {
    return parts.index();
  }
}
