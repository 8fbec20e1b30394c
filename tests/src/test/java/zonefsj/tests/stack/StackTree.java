// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/** A tree of composed drives over single ones, which can be opened again and again. */
sealed interface StackTree {
  /** Opens the drive; makes it of empty ones if it is new and opened for writing. */
  ZonedDevice open(DeviceAccess access) throws IOException;

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

  /** Collects the layers, outermost first. */
  default List<Layered> layers() {
    return parts().stream().flatMap(part -> part.layers().stream()).toList();
  }

  /** Whether a read of what was never written may give anything. */
  default boolean encrypts() {
    return parts().stream().anyMatch(StackTree::encrypts);
  }

  /**
   * Whether all changes are gone when it is closed. Either all parts of a drive do that or none.
   */
  default boolean forgets() {
    return parts().stream().anyMatch(StackTree::forgets);
  }

  /** Number of mirrors and stripes between here and a single drive: each takes two zones of it. */
  default int labels() {
    return parts().get(0).labels();
  }

  /** A single drive. */
  record Single(LeafSlot slot) implements StackTree {
    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return slot.open(access);
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
      return slot.isClaimed() ? "store" : "leaf";
    }
  }

  /** One after the other. */
  record Concat(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openAll(
          parts,
          access,
          devices -> ConcatZonedDevice.of(devices, access == DeviceAccess.READ_ONLY));
    }
  }

  /** Side by side. */
  record Striped(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openAll(
          parts,
          access,
          devices ->
              StripedZonedDevice.of(
                  devices, 0, access == DeviceAccess.READ_ONLY, creation(access)));
    }

    @Override
    public int labels() {
      return 1 + parts.get(0).labels();
    }
  }

  /** The same on all. */
  record Mirror(List<StackTree> parts) implements StackTree {
    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
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
                return part.open(access);
              }

              @Override
              public Optional<ZonedDevice> look() throws IOException {
                return part instanceof Single one && one.slot().isClaimed()
                    ? Optional.of(part.open(DeviceAccess.READ_ONLY))
                    : Optional.empty();
              }
            });
      }
      boolean degraded = leaves().stream().anyMatch(LeafSlot::isGivenUp);
      return MirrorZonedDevice.open(
          sources, access == DeviceAccess.READ_ONLY, degraded, creation(access), false);
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

  /** A drive that stands on one other. */
  non-sealed interface OnOne extends StackTree {
    /** The drive below. */
    StackTree part();

    @Override
    default List<StackTree> parts() {
      return List.of(part());
    }

    /** Puts a wrapper over the drive below; closes that if it fails. */
    default ZonedDevice openOver(DeviceAccess access, Wrapper wrapper) throws IOException {
      return openAll(parts(), access, below -> wrapper.wrap(below.get(0)));
    }
  }

  /** Makes a drive that stands on another one. */
  @FunctionalInterface
  interface Wrapper {
    /** Takes the drive below; the result owns it. */
    ZonedDevice wrap(ZonedDevice below) throws IOException;
  }

  /** Makes a drive that stands on others. */
  @FunctionalInterface
  interface Composer {
    /** Takes the drives below; the result owns them. */
    ZonedDevice compose(List<ZonedDevice> below) throws IOException;
  }

  private static Creation creation(DeviceAccess access) {
    return access == DeviceAccess.READ_ONLY ? Creation.NONE : Creation.IF_EMPTY;
  }

  private static ZonedDevice openAll(List<StackTree> parts, DeviceAccess access, Composer composer)
      throws IOException {
    List<ZonedDevice> devices = new ArrayList<>();
    boolean complete = false;
    try {
      for (StackTree part : parts) {
        devices.add(part.open(access));
      }
      ZonedDevice composed = composer.compose(devices);
      complete = true;
      return composed;
    } finally {
      if (!complete) {
        for (ZonedDevice device : devices) {
          device.close();
        }
      }
    }
  }
}
