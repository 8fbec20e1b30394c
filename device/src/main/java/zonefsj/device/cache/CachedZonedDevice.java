// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;

/**
 * A read cache in front of a slow drive, in memory, in a file or on another drive. Writes go to the
 * drive below before anything else, so the cache never has what the drive has not.
 *
 * <p>Only bytes below a write pointer are cached, and those of conventional zones. What a reset has
 * taken away is never read from the cache; after a failed write, append, finish or reset of a zone
 * nothing of it is. A zone that fails on its own is noticed only when the drive is read: what is in
 * the cache can still be read.
 *
 * <p>Each line costs 34 to 38 bytes of heap besides its bytes, on a drive 8 more; each zone, 32.
 *
 * <p>Threading: as the drive below. Reads of cached bytes do not wait for accesses to the drive.
 * The drive must not be changed by anybody else.
 */
public final class CachedZonedDevice extends FilterZonedDevice implements StackedDevice {
  private static final Logger LOG = LoggerFactory.getLogger(CachedZonedDevice.class);
  private static final int MOST_SLOTS = Integer.MAX_VALUE / 4;

  private final CacheOptions options;
  private final LineCache cache;
  private final ZoneViews zones;
  private final LineBuffers buffers;
  private final long zoneLines;

  private CachedZonedDevice(
      ZonedDevice below, CacheOptions options, LineStore store, int slots, LineBuffers buffers)
      throws IOException {
    super(below);
    DeviceGeometry geometry = below.geometry();
    this.options = options;
    this.zones = new ZoneViews(below.report(0, geometry.zoneCount()));
    this.cache = new LineCache(store, slots);
    this.buffers = buffers;
    this.zoneLines = (geometry.zoneSizeBytes() - 1) / options.lineBytes() + 1;
  }

  /**
   * A cache in direct memory.
   *
   * @param below the drive to cache; owned by the result, not if this fails
   * @param budgetBytes bytes of all lines; rounded down to whole lines
   * @throws CacheException with a one-line message if the budget is smaller than one line, or lines
   *     are not whole blocks
   * @throws IOException if the drive cannot report its zones
   */
  public static CachedZonedDevice inMemory(
      ZonedDevice below, long budgetBytes, CacheOptions options) throws IOException {
    int slots = slots(below, budgetBytes, options);
    return over(below, options, new MemoryLines(slots, options.lineBytes()), slots);
  }

  /**
   * A cache in a file. What it had before is not used. If the file fails, the cache is switched off
   * and the drive below read instead.
   *
   * @param below the drive to cache; owned by the result, not if this fails
   * @param file is made if it does not exist; must else be that of an earlier cache
   * @param budgetBytes as {@link #inMemory}
   * @throws CacheException with a one-line message as {@link #inMemory}, or if the file is in use,
   *     something else, or cannot be made
   * @throws IOException if the drive cannot report its zones
   */
  public static CachedZonedDevice inFile(
      ZonedDevice below, Path file, long budgetBytes, CacheOptions options) throws IOException {
    int slots = slots(below, budgetBytes, options);
    return over(below, options, FileLines.open(file, options.lineBytes()), slots);
  }

  /**
   * A cache on another drive, which is written as a ring: the oldest lines go first. What it had
   * before is not used. If that drive fails, the cache is switched off and the drive below read
   * instead.
   *
   * @param below the drive to cache; owned by the result, not if this fails
   * @param top keeps the cache; owned by the result, and may be closed if this fails. It must be
   *     empty or have an earlier cache, and is emptied by the close
   * @param budgetBytes as {@link #inMemory}; less if that drive has no room for it
   * @throws CacheException with a one-line message as {@link #inMemory}, or if that drive holds
   *     something else, or cannot keep lines
   * @throws IOException if a drive cannot report its zones
   */
  public static CachedZonedDevice onDrive(
      ZonedDevice below, ZonedDevice top, long budgetBytes, CacheOptions options)
      throws IOException {
    int slots = slots(below, budgetBytes, options);
    int block = below.geometry().blockSizeBytes();
    DriveLines lines =
        DriveLines.open(top, options.lineBytes(), block, (long) slots * options.lineBytes());
    return over(below, options, lines, lines.slots());
  }

  /** With a given store, which is closed if this fails. */
  static CachedZonedDevice over(ZonedDevice below, CacheOptions options, LineStore store, int slots)
      throws IOException {
    return over(below, options, store, slots, LineBuffers.of(options));
  }

  /** With given buffers, too, of the length of {@link LineBuffers#of}. */
  static CachedZonedDevice over(
      ZonedDevice below, CacheOptions options, LineStore store, int slots, LineBuffers buffers)
      throws IOException {
    CachedZonedDevice device = null;
    try {
      device = new CachedZonedDevice(below, options, store, slots, buffers);
      return device;
    } finally {
      if (device == null) {
        store.close();
      }
    }
  }

  /** How many lines a cache has. */
  static long mostSlots(long budgetBytes, CacheOptions options) {
    return Math.min(budgetBytes / options.lineBytes(), MOST_SLOTS);
  }

  private static int slots(ZonedDevice below, long budgetBytes, CacheOptions options)
      throws CacheException {
    if (options.lineBytes() % below.geometry().blockSizeBytes() != 0) {
      throw new CacheException(
          "lines of "
              + ByteSize.format(options.lineBytes())
              + " cannot be cached: the drive's blocks have "
              + ByteSize.format(below.geometry().blockSizeBytes())
              + ", a line must be a multiple");
    }
    long slots = mostSlots(budgetBytes, options);
    if (slots < 1) {
      throw new CacheException(
          "a cache of "
              + ByteSize.format(Math.max(0, budgetBytes))
              + " is smaller than one line of "
              + ByteSize.format(options.lineBytes())
              + "; make it larger");
    }
    return (int) slots;
  }

  /** What the cache did so far. */
  public CacheCounters counters() {
    return cache.counters();
  }

  /** Whether the cache has failed, or is closed, and everything is read from the drive below. */
  public boolean isOff() {
    return cache.isOff();
  }

  /** Whether one of the caches among the drives on which any drive stands is off. */
  public static boolean isOffIn(ZonedDevice device) {
    return (device instanceof CachedZonedDevice cached && cached.isOff())
        || StackedDevice.below(device).stream().anyMatch(CachedZonedDevice::isOffIn);
  }

  @Override
  public String kind() {
    return "cache";
  }

  @Override
  public String state() {
    CacheCounters counters = counters();
    return (isOff() ? "off after a failure, " : "")
        + counters.hits()
        + " hits, "
        + counters.misses()
        + " misses";
  }

  @Override
  public List<Below> below() {
    return List.of(Below.of(delegate()));
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    long length = destination.remaining();
    if (cache.isOff() || length == 0 || length > options.longestBytes()) {
      super.read(positionBytes, destination);
      return;
    }
    DeviceGeometry geometry = geometry();
    AccessRules.checkRead(geometry, positionBytes, length);
    int limit = destination.limit();
    long position = positionBytes;
    while (destination.hasRemaining()) {
      int zone = geometry.zoneOf(position);
      long inZone =
          Math.min(destination.remaining(), AccessRules.zoneEndBytes(geometry, zone) - position);
      destination.limit(destination.position() + (int) inZone);
      readZone(zone, position - geometry.zoneStartBytes(zone), destination);
      destination.limit(limit);
      position += inZone;
    }
  }

  /**
   * Reads past the cache, and drops the lines that hold something else: a caller reads a copy if
   * what it got is wrong, or to see whether something is.
   */
  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    ByteBuffer bytes = destination.duplicate();
    super.readCopy(copy, positionBytes, destination);
    if (cache.isOff()) {
      return;
    }
    DeviceGeometry geometry = geometry();
    long position = positionBytes;
    while (bytes.hasRemaining()) {
      int zone = geometry.zoneOf(position);
      long offset = position - geometry.zoneStartBytes(zone);
      int within = (int) (offset % options.lineBytes());
      long ofZone = AccessRules.zoneEndBytes(geometry, zone) - position;
      int length =
          (int) Math.min(Math.min(bytes.remaining(), ofZone), options.lineBytes() - within);
      dropUnlike(zone, offset, bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      position += length;
    }
  }

  private void dropUnlike(int zone, long offsetBytes, ByteBuffer bytes) {
    long key = key(zone, offsetBytes / options.lineBytes());
    ByteBuffer line = buffers.take();
    if (line == null) {
      cache.remove(key);
      return;
    }
    try {
      line.clear().limit(bytes.remaining());
      cache.removeUnlike(
          key,
          zones.view(zone).generation(),
          (int) (offsetBytes % options.lineBytes()),
          bytes,
          line);
    } finally {
      buffers.give(line);
    }
  }

  private void readZone(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    ZoneViews.View view = zones.view(zone);
    if (view.isUnknown()) {
      view = learned(zone, view);
    }
    int limit = destination.limit();
    long cacheable = Math.min(destination.remaining(), view.limitBytes() - offsetBytes);
    if (cacheable > 0) {
      destination.limit(destination.position() + (int) cacheable);
      readLines(zone, view, offsetBytes, destination);
      destination.limit(limit);
    }
    if (destination.hasRemaining()) {
      long from = offsetBytes + Math.max(0, cacheable);
      super.read(geometry().zoneStartBytes(zone) + from, destination);
    }
  }

  private ZoneViews.View learned(int zone, ZoneViews.View view) {
    try {
      return zones.learn(view, super.report(zone, 1).get(0));
    } catch (IOException e) {
      LOG.debug("zone {} is not cached: its state is not known", zone, e);
      return new ZoneViews.View(view.generation(), 0);
    }
  }

  /** Reads bytes below the limit of a view. */
  private void readLines(int zone, ZoneViews.View view, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int limit = destination.limit();
    int lineBytes = options.lineBytes();
    long offset = offsetBytes;
    while (destination.hasRemaining()) {
      long line = offset / lineBytes;
      int within = (int) (offset % lineBytes);
      int length = Math.min(destination.remaining(), lineBytes - within);
      destination.limit(destination.position() + length);
      boolean isHit = cache.read(key(zone, line), view.generation(), within, destination);
      destination.limit(limit);
      if (!isHit) {
        length = missBytes(zone, view, offset, length, destination.remaining());
        destination.limit(destination.position() + length);
        readMissing(zone, view, offset, destination);
        destination.limit(limit);
      }
      offset += length;
    }
  }

  /** How many bytes from a miss on the cache does not have. */
  private int missBytes(
      int zone, ZoneViews.View view, long offsetBytes, int lengthBytes, int mostBytes) {
    int length = lengthBytes;
    while (length < mostBytes) {
      int more = Math.min(options.lineBytes(), mostBytes - length);
      long line = (offsetBytes + length) / options.lineBytes();
      if (cache.has(key(zone, line), view.generation(), more)) {
        return length;
      }
      length += more;
    }
    return length;
  }

  /** Reads whole lines from the drive below, and caches them. */
  private void readMissing(int zone, ZoneViews.View view, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int lineBytes = options.lineBytes();
    long first = offsetBytes / lineBytes;
    long last = (offsetBytes + destination.remaining() - 1) / lineBytes;
    long from = first * lineBytes;
    long to = Math.min((last + 1) * lineBytes, view.limitBytes());
    boolean isConventional = zones.isConventional(zone);
    long[] versions = new long[(int) (last - first + 1)];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = isConventional ? zones.version(key(zone, first + i)) : 0;
    }
    cache.countMisses(versions.length);
    ByteBuffer lines = buffers.take();
    if (lines == null) {
      super.read(geometry().zoneStartBytes(zone) + offsetBytes, destination);
      return;
    }
    try {
      lines.clear().limit((int) (to - from));
      try {
        super.read(geometry().zoneStartBytes(zone) + from, lines);
      } catch (IOException e) {
        LOG.debug("zone {}: whole lines cannot be read; the exact read decides", zone, e);
        super.read(geometry().zoneStartBytes(zone) + offsetBytes, destination);
        return;
      }
      destination.put(lines.slice((int) (offsetBytes - from), destination.remaining()));
      for (int i = 0; i < versions.length; i++) {
        int at = i * lineBytes;
        long key = key(zone, first + i);
        long version = versions[i];
        cache.insert(
            key,
            view.generation(),
            lines.slice(at, Math.min(lineBytes, lines.limit() - at)),
            () -> !isConventional || zones.version(key) == version);
      }
    } finally {
      buffers.give(lines);
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    DeviceGeometry geometry = geometry();
    if (positionBytes < 0 || positionBytes >= geometry.capacityBytes()) {
      super.write(positionBytes, sources);
      return;
    }
    int zone = geometry.zoneOf(positionBytes);
    long length = AccessRules.totalBytes(sources);
    long offset = positionBytes - geometry.zoneStartBytes(zone);
    if (zones.isConventional(zone)) {
      writeInPlace(zone, offset, length, positionBytes, sources);
      return;
    }
    ZoneViews.View view = zones.view(zone);
    ByteBuffer[] kept = kept(length, sources);
    boolean done = false;
    try {
      super.write(positionBytes, sources);
      done = true;
    } finally {
      if (!done) {
        zones.doubted(zone);
      }
    }
    written(zone, view, offset, length, kept);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    AccessRules.checkZone(geometry(), zone);
    long length = AccessRules.totalBytes(sources);
    ZoneViews.View view = zones.view(zone);
    ByteBuffer[] kept = kept(length, sources);
    long position = -1;
    try {
      position = super.append(zone, sources);
    } finally {
      if (position < 0) {
        zones.doubted(zone);
      }
    }
    written(zone, view, position - geometry().zoneStartBytes(zone), length, kept);
    return position;
  }

  @Override
  public void finish(int zone) throws IOException {
    AccessRules.checkZone(geometry(), zone);
    boolean done = false;
    try {
      super.finish(zone);
      done = true;
    } finally {
      if (!done) {
        zones.doubted(zone);
      }
    }
  }

  @Override
  public void reset(int zone) throws IOException {
    AccessRules.checkZone(geometry(), zone);
    // What is read from now on may be of before the reset.
    zones.emptied(zone);
    boolean done = false;
    try {
      super.reset(zone);
      done = true;
    } finally {
      if (done) {
        zones.emptied(zone);
      } else {
        zones.doubted(zone);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      cache.close();
    } finally {
      super.close();
    }
  }

  /** Drops the lines before and after a write, so that no read that overlaps it can insert them. */
  private void writeInPlace(
      int zone, long offsetBytes, long lengthBytes, long positionBytes, ByteBuffer[] sources)
      throws IOException {
    long first = offsetBytes / options.lineBytes();
    long end = (offsetBytes + lengthBytes - 1) / options.lineBytes() + 1;
    for (long line = first; line < Math.min(end, zoneLines); line++) {
      zones.changed(key(zone, line));
    }
    boolean done = false;
    try {
      super.write(positionBytes, sources);
      done = true;
    } finally {
      for (long line = first; line < Math.min(end, zoneLines); line++) {
        long key = key(zone, line);
        zones.changed(key);
        cache.remove(key);
      }
      if (!done) {
        zones.doubted(zone);
      }
    }
  }

  /** Views of the bytes of a write that is to be cached; none if it is not. */
  private ByteBuffer[] kept(long lengthBytes, ByteBuffer[] sources) {
    boolean keeps =
        options.keepsWrites() && !cache.isOff() && lengthBytes <= options.longestBytes();
    return keeps
        ? Arrays.stream(sources).map(ByteBuffer::duplicate).toArray(ByteBuffer[]::new)
        : new ByteBuffer[0];
  }

  /** After a write to a sequential zone. */
  private void written(
      int zone, ZoneViews.View view, long offsetBytes, long lengthBytes, ByteBuffer[] kept) {
    zones.written(zone, view, offsetBytes + lengthBytes);
    if (kept.length == 0 || lengthBytes == 0) {
      return;
    }
    ByteBuffer bytes = buffers.take();
    if (bytes == null) {
      // A line that ends where these bytes begin stays right; it is only shorter than it could be.
      return;
    }
    bytes.clear();
    try {
      for (ByteBuffer part : kept) {
        bytes.put(part);
      }
      bytes.flip();
      long offset = offsetBytes;
      for (int at = 0; at < bytes.limit(); ) {
        int within = (int) (offset % options.lineBytes());
        int length = Math.min(options.lineBytes() - within, bytes.limit() - at);
        long key = key(zone, offset / options.lineBytes());
        if (within == 0) {
          cache.insert(key, view.generation(), bytes.slice(at, length), () -> true);
        } else {
          cache.extend(key, view.generation(), within, bytes.slice(at, length));
        }
        offset += length;
        at += length;
      }
    } finally {
      buffers.give(bytes);
    }
  }

  private long key(int zone, long line) {
    return zone * zoneLines + line;
  }
}
