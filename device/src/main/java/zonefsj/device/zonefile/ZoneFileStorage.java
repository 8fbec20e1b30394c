// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefile;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneShapes;
import zonefsj.device.software.ZoneStorage;

/**
 * Bytes and states of zones in one file: byte p of the drive is at a fixed offset plus p, the
 * states are in a {@link ZoneTable}.
 *
 * <p>A write stores its bytes in the file before the table entry that covers them, so after a kill
 * of the process the last write either did or did not happen. After a power failure of the host,
 * data written since the last flush may be there in part and in any order, as with a drive's
 * volatile cache. Resets are stricter: a zone is not written again, and its old bytes are not
 * released to the host, before its reset is durable; and it is not written before their release is
 * durable, too. Old bytes therefore never appear below a new write pointer.
 *
 * <p>If the host's filesystem cannot punch holes, the old bytes stay in the file until they are
 * overwritten. They are still never read, except after a power failure of the host during a write.
 *
 * <p>Behind small writes the file gets zeros ahead of the write pointer ({@link BlocksAhead}),
 * which a reset releases with the old bytes.
 */
public final class ZoneFileStorage implements ZoneStorage {
  private final Closeable owner;
  private final NativeFile file;
  private final ZoneTable table;
  private final long dataOffsetBytes;
  private final ZoneShapes shapes;
  private final BlocksAhead ahead;

  /** Stages of a zone between its reset and its next write. */
  private enum Stage {
    /** The reset is not in the table yet. */
    UNSAVED,
    /** The reset is in the table. */
    SAVED,
    /** The reset is durable, and the old bytes are released. */
    PUNCHED
  }

  /** Zones that were reset, until the release of their old bytes is durable. */
  private final Map<Integer, Stage> stale = new ConcurrentHashMap<>();

  private final Object settling = new Object();

  /** The system reports lost writes only once; afterwards no flush of this file can be trusted. */
  private volatile boolean syncFailed;

  /**
   * @param owner closes the file, and releases its lock; owned from now on
   * @param file holds table and bytes
   * @param table in the file
   * @param shapes of the zones
   * @param dataOffsetBytes offset of the first byte of zone 0 in the file
   * @param staleZones zones that were reset and whose old bytes may still be in the file
   */
  public ZoneFileStorage(
      Closeable owner,
      NativeFile file,
      ZoneTable table,
      ZoneShapes shapes,
      long dataOffsetBytes,
      List<Integer> staleZones) {
    this(owner, file, table, shapes, dataOffsetBytes, staleZones, BlocksAhead.hostOf(file));
  }

  /**
   * @param host of the file, for the zeros ahead
   */
  ZoneFileStorage(
      Closeable owner,
      NativeFile file,
      ZoneTable table,
      ZoneShapes shapes,
      long dataOffsetBytes,
      List<Integer> staleZones,
      BlocksAhead.Host host) {
    this.owner = owner;
    this.file = file;
    this.table = table;
    this.dataOffsetBytes = dataOffsetBytes;
    this.shapes = shapes;
    this.ahead = new BlocksAhead(host, shapes, dataOffsetBytes);
    for (int zone : staleZones) {
      stale.put(zone, Stage.SAVED);
    }
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    file.read(positionBytes(zone) + offsetBytes, destination);
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    if (!stale.isEmpty() && stale.containsKey(zone)) {
      for (int stages = 0; stages < 2 && stale.containsKey(zone); stages++) {
        settle();
      }
      if (stale.containsKey(zone)) {
        throw new IOException("the zone's last reset could not be remembered");
      }
    }
    long lengthBytes = AccessRules.totalBytes(sources);
    file.write(positionBytes(zone) + offsetBytes, sources);
    ahead.wrote(zone, offsetBytes + lengthBytes, lengthBytes);
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) throws IOException {
    table.save(zone, states, stale::containsKey);
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    // Set before the zone is empty: another thread may save its state at any time.
    Stage before = stale.put(zone, Stage.UNSAVED);
    boolean emptied = false;
    try {
      emptied = emptying.run();
      ahead.forget(zone);
    } finally {
      if (!emptied) {
        takeBack(zone, before);
      }
    }
    // An earlier reset may have failed at this point.
    if (emptied || before == Stage.UNSAVED) {
      saveState(zone, states);
      stale.put(zone, Stage.SAVED);
    }
  }

  private void takeBack(int zone, @Nullable Stage before) {
    if (before == null) {
      stale.remove(zone);
    } else {
      stale.put(zone, before);
    }
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    if (stale.isEmpty()) {
      sync();
      return;
    }
    for (int zone : settle()) {
      // Not urgent: if this write is lost, the next open of the file punches the same hole again.
      saveState(zone, states);
    }
  }

  @Override
  public void close() throws IOException {
    owner.close();
  }

  /**
   * Makes everything written durable, and moves each reset zone one stage further; a zone that
   * finishes the last stage may be written. Adjacent zones are released in one call, because each
   * call is a transaction of the host's filesystem.
   *
   * @return zones that finished the last stage
   */
  private List<Integer> settle() throws IOException {
    synchronized (settling) {
      List<Integer> saved = zonesAt(Stage.SAVED);
      List<Integer> punched = zonesAt(Stage.PUNCHED);
      sync();
      List<Integer> through = new ArrayList<>(punched);
      punched.forEach(zone -> stale.remove(zone, Stage.PUNCHED));
      for (int from = 0; from < saved.size(); ) {
        int to = from + 1;
        while (to < saved.size() && saved.get(to) == saved.get(to - 1) + 1) {
          to++;
        }
        int first = saved.get(from);
        int last = saved.get(to - 1);
        long end = positionBytes(last) + shapes.sizeOfBytes(last);
        List<Integer> neighbours = saved.subList(from, to);
        if (file.punchHole(positionBytes(first), end - positionBytes(first))) {
          neighbours.forEach(zone -> stale.replace(zone, Stage.SAVED, Stage.PUNCHED));
        } else {
          neighbours.forEach(zone -> stale.remove(zone, Stage.SAVED));
          through.addAll(neighbours);
        }
        from = to;
      }
      return through;
    }
  }

  private List<Integer> zonesAt(Stage stage) {
    return stale.entrySet().stream()
        .filter(zone -> zone.getValue() == stage)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /**
   * Makes everything written durable, and nothing else: see {@link #flush}.
   *
   * @throws IOException if it fails, or if an earlier one failed
   */
  public void sync() throws IOException {
    if (syncFailed) {
      throw new IOException("an earlier flush failed, what it covered may be lost");
    }
    try {
      file.sync();
    } catch (IOException e) {
      syncFailed = true;
      throw e;
    }
  }

  private long positionBytes(int zone) {
    return dataOffsetBytes + zone * shapes.zoneSizeBytes();
  }
}
