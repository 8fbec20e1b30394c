// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/** A tree of composed drives over single ones, which can be opened again and again. */
sealed interface StackTree {
  /** Opens the drive; makes it of empty ones if it is new. */
  ZonedDevice open() throws IOException;

  /** The drives directly below; none for a single drive. */
  List<StackTree> parts();

  /** All single drives, from left to right. */
  default List<LeafSlot> leaves() {
    return parts().stream().flatMap(part -> part.leaves().stream()).toList();
  }

  /** Collects the mirrors, outermost first. */
  default List<Mirror> mirrors() {
    return parts().stream().flatMap(part -> part.mirrors().stream()).toList();
  }

  /** Whether a read of what was never written may give anything. */
  default boolean encrypts() {
    return parts().stream().anyMatch(StackTree::encrypts);
  }

  /** Number of mirrors and stripes between here and a single drive: each takes two zones of it. */
  default int labels() {
    return parts().get(0).labels();
  }

  /** A single drive. */
  record Single(LeafSlot slot) implements StackTree {
    @Override
    public ZonedDevice open() throws IOException {
      return slot.open();
    }

    @Override
    public List<StackTree> parts() {
      return List.of();
    }

    @Override
    public int labels() {
      return 0;
    }

    @Override
    public List<LeafSlot> leaves() {
      return List.of(slot);
    }

    @Override
    public String toString() {
      return "leaf";
    }
  }

  /** One after the other. */
  record Concat(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open() throws IOException {
      return ConcatZonedDevice.of(openAll(parts), false);
    }
  }

  /** Side by side. */
  record Striped(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open() throws IOException {
      return StripedZonedDevice.of(openAll(parts), 0, false, Creation.IF_EMPTY);
    }

    @Override
    public int labels() {
      return 1 + parts.get(0).labels();
    }
  }

  /** The same on all. */
  record Mirror(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open() throws IOException {
      List<MemberSource> sources = new ArrayList<>();
      for (StackTree part : parts) {
        sources.add(
            new MemberSource() {
              @Override
              public String name() {
                return part.toString();
              }

              @Override
              public ZonedDevice open(Creation creation) throws IOException {
                return part.open();
              }
            });
      }
      return MirrorZonedDevice.open(sources, false, Creation.IF_EMPTY);
    }

    @Override
    public List<Mirror> mirrors() {
      List<Mirror> mirrors = new ArrayList<>(List.of(this));
      mirrors.addAll(StackTree.super.mirrors());
      return mirrors;
    }

    @Override
    public int labels() {
      return 1 + parts.get(0).labels();
    }
  }

  /** A cache, so small that it is full at once, in front of a drive. */
  record Cached(StackTree part) implements StackTree {
    private static final CacheOptions OPTIONS = new CacheOptions(1024, 8192, true);

    @Override
    public List<StackTree> parts() {
      return List.of(part);
    }

    @Override
    public ZonedDevice open() throws IOException {
      return openOver(part, below -> CachedZonedDevice.inMemory(below, 16 << 10, OPTIONS));
    }
  }

  /** Encrypted before it reaches a drive. */
  record Encrypted(StackTree part) implements StackTree {
    private static final XtsKey KEY = key();

    private static XtsKey key() {
      byte[] bytes = new byte[XtsKey.BYTES];
      new SplittableRandom(1).nextBytes(bytes);
      return new XtsKey(new UUID(0, 1), bytes);
    }

    @Override
    public List<StackTree> parts() {
      return List.of(part);
    }

    @Override
    public ZonedDevice open() throws IOException {
      return openOver(part, below -> new CryptZonedDevice(below, KEY));
    }

    @Override
    public boolean encrypts() {
      return true;
    }
  }

  private static List<ZonedDevice> openAll(List<StackTree> parts) throws IOException {
    List<ZonedDevice> devices = new ArrayList<>();
    boolean complete = false;
    try {
      for (StackTree part : parts) {
        devices.add(part.open());
      }
      complete = true;
      return devices;
    } finally {
      if (!complete) {
        for (ZonedDevice device : devices) {
          device.close();
        }
      }
    }
  }

  /** Puts a wrapper over a drive; closes the drive if that fails. */
  private static ZonedDevice openOver(StackTree part, Wrapper wrapper) throws IOException {
    ZonedDevice below = part.open();
    boolean wrapped = false;
    try {
      ZonedDevice device = wrapper.wrap(below);
      wrapped = true;
      return device;
    } finally {
      if (!wrapped) {
        below.close();
      }
    }
  }

  /** Makes a drive that stands on another one. */
  @FunctionalInterface
  interface Wrapper {
    /** Takes the drive below; the result owns it. */
    ZonedDevice wrap(ZonedDevice below) throws IOException;
  }

  /** A random tree of at most so many levels above the single drives. */
  static StackTree random(SplittableRandom random, EmulatedGeometry leaf, int levels)
      throws IOException {
    int kind = levels == 0 ? 0 : 1 + random.nextInt(5);
    if (kind == 0) {
      return new Single(new LeafSlot(leaf));
    }
    if (kind == 4) {
      return new Cached(random(random, leaf, random.nextInt(levels)));
    }
    if (kind == 5) {
      return new Encrypted(random(random, leaf, random.nextInt(levels)));
    }
    // All parts are built alike: what follows a seed decides about all of them.
    long seed = random.nextLong();
    int count = 2 + (random.nextInt(4) == 0 ? 1 : 0);
    List<StackTree> parts = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      SplittableRandom same = new SplittableRandom(seed);
      parts.add(random(same, leaf, same.nextInt(levels)));
    }
    return switch (kind) {
      case 1 -> new Concat(parts);
      case 2 -> new Striped(parts);
      default -> new Mirror(parts);
    };
  }
}
