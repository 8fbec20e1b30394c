// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerMerge;
import zonefsj.tests.fixture.LayerTops;

/** A place for the drive that keeps a layer: in memory, or on a store. */
final class LayerDriveSlot {
  private final String name;
  private final Power power;
  private final boolean isOnStore;

  /** Null while there is no layer. */
  private @Nullable LeafSlot drive;

  LayerDriveSlot(String name, Power power, boolean isOnStore) {
    this.name = name;
    this.power = power;
    this.isOnStore = isOnStore;
  }

  boolean hasLayer() {
    return drive != null;
  }

  /** The drive that can lose its power. */
  List<LeafSlot> leaves() {
    LeafSlot leaf = drive;
    return leaf == null ? List.of() : List.of(leaf);
  }

  /** Begins a layer over a drive that is as it is now. */
  void begin(ZonedDevice base) throws IOException {
    EmulatedGeometry shape = LayerTops.over(base);
    LeafSlot leaf = isOnStore ? new StoreSlot(shape, power) : new DriveSlot(shape, power);
    try (ZonedDevice top = leaf.open(DeviceAccess.READ_WRITE)) {
      DiffLayer.create(top, base, false);
    }
    drive = leaf;
  }

  /** Opens the layer; the result owns the drive below, which stays the caller's if this fails. */
  ZonedDevice open(ZonedDevice base, DeviceAccess access) throws IOException {
    ZonedDevice top = drive().open(access);
    boolean opened = false;
    try {
      ZonedDevice layer = DiffLayer.open(top, base, access);
      opened = true;
      return isOnStore && access == DeviceAccess.READ_WRITE ? new Flushing(layer) : layer;
    } finally {
      if (!opened) {
        top.close();
      }
    }
  }

  /** Merges the layer into the drive below, and removes it. */
  void commit(ZonedDevice base, LayerMerge.Progress progress) throws IOException {
    ZonedDevice top = drive().open(DeviceAccess.READ_WRITE);
    try {
      // The removal is the last step, and may have been done before an end.
      if (DiffLayer.identity(top).isPresent()) {
        LayerMerge.commit(top, base, progress);
      }
      top.flush();
    } finally {
      top.close();
    }
    end();
  }

  /** Removes the layer. */
  void drop() throws IOException {
    try (ZonedDevice top = drive().open(DeviceAccess.READ_WRITE)) {
      DiffLayer.drop(top);
    }
    end();
  }

  private void end() throws IOException {
    try (ZonedDevice left = drive().look()) {
      for (ZoneDescriptor zone : left.report(0, left.geometry().zoneCount())) {
        Demands.that(zone.writtenBytes() == 0, "a layer that has ended has left " + zone);
      }
    }
    drive = null;
  }

  /** A close of a drive on a store forgets what is in memory, and is no power loss here. */
  private static final class Flushing extends FilterZonedDevice {
    private boolean closed;

    Flushing(ZonedDevice layer) {
      super(layer);
    }

    @Override
    public void close() throws IOException {
      try {
        if (!closed) {
          flush();
        }
      } finally {
        closed = true;
        super.close();
      }
    }
  }

  private LeafSlot drive() {
    LeafSlot leaf = drive;
    if (leaf == null) {
      throw new IllegalStateException("there is no layer");
    }
    return leaf;
  }

  @Override
  public String toString() {
    return name;
  }
}
