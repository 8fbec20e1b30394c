// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import zonefsj.device.DeviceSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.delay.LatencyModels;
import zonefsj.device.filter.FirstZones;
import zonefsj.device.filter.ReplaceableZonedDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.layer.MemoryLayer;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/**
 * What stands between a caller and the drives of a {@link BaseDrive}. In the order of the table.
 */
public enum Wrapper {
  /** The drive alone. */
  PLAIN("none", Forwards.BOTH),
  /** Nothing but the common base of wrappers. */
  FILTER("FilterZonedDevice", Forwards.BOTH),
  /** What a mount puts over each drive, to replace it. */
  REPLACEABLE("ReplaceableZonedDevice", Forwards.BOTH),
  /** What a mount puts over each drive, to count accesses and bytes. */
  TRACING("TracingZonedDevice", Forwards.BOTH),
  /** What a mount puts over each drive, to limit its zones. */
  FIRST_ZONES("FirstZones", Forwards.BOTH),
  /** All three, as a mount has them. */
  MOUNT("the three of a mount", Forwards.BOTH),
  /** A delay of none. */
  DELAY("delay(0,A)", Forwards.BOTH),
  /** Two drives, of which the first one is accessed. */
  CONCAT("concat(A,B)", Forwards.BOTH),
  /** Two copies, of which one answers a read. */
  MIRROR("mirror(A,B)", Forwards.READS),
  /** A layer that has nothing yet, so the drive below answers. */
  MEMDIFF("memdiff:A", Forwards.READS),
  /** Two drives in turn. */
  STRIPED("striped(A,B)", Forwards.NOTHING),
  /** A cache that has all. */
  CACHE_HIT("cache(A), all bytes cached", Forwards.NOTHING),
  /** A cache of one line. */
  CACHE_MISS("cache(A), no byte cached", Forwards.NOTHING),
  /** Encryption. */
  CRYPT("crypt(KEY,A)", Forwards.NOTHING);

  private enum Forwards {
    NOTHING,
    READS,
    BOTH
  }

  private final String title;
  private final Forwards forwards;

  Wrapper(String title, Forwards forwards) {
    this.title = title;
    this.forwards = forwards;
  }

  /** What it is, for people. */
  String title() {
    return title;
  }

  /** Whether it does nothing with an access but give it to one drive. */
  boolean onlyForwards(Access access) {
    return forwards == Forwards.BOTH || (forwards == Forwards.READS && access == Access.READ);
  }

  /** Whether the access is worth a measurement: the layer keeps it, and an append hits nothing. */
  boolean isMeasured(Access access) {
    return access == Access.READ || (this != MEMDIFF && this != CACHE_MISS);
  }

  /** Whether the drive is filled through the wrapper before it is read. */
  boolean isFilledAbove() {
    return this != MEMDIFF;
  }

  /**
   * Opens it over new drives, which it owns. The drive below a layer is filled before.
   *
   * @param base opens one new drive after the other
   */
  ZonedDevice over(DeviceSource base) throws IOException {
    return switch (this) {
      case PLAIN -> base.open();
      case FILTER -> new FilterZonedDevice(base.open()) {};
      case REPLACEABLE -> new ReplaceableZonedDevice(base.open());
      case TRACING -> new TracingZonedDevice(base.open());
      case FIRST_ZONES -> limited(base.open());
      case MOUNT -> limited(new TracingZonedDevice(new ReplaceableZonedDevice(base.open())));
      case DELAY ->
          new DelayedZonedDevice(base.open(), LatencyModels.of("0").orElseThrow(), "none");
      case CONCAT -> ConcatZonedDevice.of(List.of(base.open(), base.open()), false);
      case MIRROR -> mirror(base);
      case MEMDIFF -> {
        ZonedDevice below = base.open();
        AccessArea.fill(below);
        yield MemoryLayer.open(below, OptionalLong.empty());
      }
      case STRIPED ->
          StripedZonedDevice.of(List.of(base.open(), base.open()), 0, false, Creation.IF_EMPTY);
      case CACHE_HIT -> cached(base.open(), 2L * AccessArea.BYTES);
      case CACHE_MISS -> cached(base.open(), CacheOptions.DEFAULT.lineBytes());
      case CRYPT -> new CryptZonedDevice(base.open(), new XtsKey(new UUID(0, 1), key()));
    };
  }

  private static ZonedDevice limited(ZonedDevice below) {
    FirstZones limited = new FirstZones(below);
    limited.limitTo(below.geometry().zoneCount());
    return limited;
  }

  private static ZonedDevice cached(ZonedDevice below, long budgetBytes) throws IOException {
    return CachedZonedDevice.inMemory(below, budgetBytes, CacheOptions.DEFAULT);
  }

  /** The two halves of a key must differ. */
  static byte[] key() {
    byte[] bytes = new byte[XtsKey.BYTES];
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] = (byte) (at * 7 + 1);
    }
    return bytes;
  }

  private static ZonedDevice mirror(DeviceSource base) throws IOException {
    List<MemberSource> sources = new ArrayList<>();
    for (ZonedDevice member : List.of(base.open(), base.open())) {
      sources.add(
          new MemberSource() {
            @Override
            public String name() {
              return member.toString();
            }

            @Override
            public ZonedDevice open(Creation creation) {
              return member;
            }
          });
    }
    MirrorZonedDevice mirror = MirrorZonedDevice.open(sources, false, Creation.IF_EMPTY);
    try {
      mirror.awaitInStep();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a mirror was compared", e);
    }
    return mirror;
  }
}
