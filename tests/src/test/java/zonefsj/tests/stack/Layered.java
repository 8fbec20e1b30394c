// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.MemoryLayer;

/** A drive below that is only read, from the moment at which the layer begins. */
sealed interface Layered extends StackTree.OnOne {
  /** Begins the layer: until then, changes go to the drive below. */
  void begin() throws IOException;

  /** Keeps what a power loss leaves of the layer. */
  void cut(long seed) throws IOException;

  @Override
  default List<Layered> layers() {
    List<Layered> layers = new ArrayList<>(List.of(this));
    layers.addAll(part().layers());
    return layers;
  }

  /** A layer that lasts. */
  sealed interface Kept extends Layered {
    boolean hasLayer();

    /** Merges the layer into the drive below, and removes it. */
    void commit(ZonedDevice base, LayerMerge.Progress progress) throws IOException;

    /** Removes the layer. */
    void drop() throws IOException;

    @Override
    default boolean forgets() {
      return !hasLayer() && part().forgets();
    }
  }

  /** A layer on a drive. */
  record OnDrive(StackTree part, LayerDriveSlot slot) implements Kept {
    @Override
    public void begin() throws IOException {
      try (ZonedDevice base = part.open(DeviceAccess.READ_ONLY)) {
        slot.begin(base);
      }
    }

    /** Its drive is one of the single drives. */
    @Override
    public List<LeafSlot> leaves() {
      List<LeafSlot> leaves = new ArrayList<>(part.leaves());
      leaves.addAll(slot.leaves());
      return leaves;
    }

    @Override
    public void cut(long seed) {
      // As one of the single drives.
    }

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return slot.hasLayer()
          ? openOver(DeviceAccess.READ_ONLY, base -> slot.open(base, access))
          : part.open(access);
    }

    @Override
    public boolean hasLayer() {
      return slot.hasLayer();
    }

    @Override
    public void commit(ZonedDevice base, LayerMerge.Progress progress) throws IOException {
      slot.commit(base, progress);
    }

    @Override
    public void drop() throws IOException {
      slot.drop();
    }
  }

  /** A layer in a file. */
  record InFile(StackTree part, LayerSlot slot) implements Kept {
    @Override
    public void begin() throws IOException {
      try (ZonedDevice base = part.open(DeviceAccess.READ_ONLY)) {
        slot.begin(base);
      }
    }

    @Override
    public void cut(long seed) throws IOException {
      if (slot.hasLayer()) {
        slot.cut(seed);
      }
    }

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return slot.hasLayer()
          ? openOver(DeviceAccess.READ_ONLY, base -> slot.open(base, access))
          : part.open(access);
    }

    @Override
    public boolean hasLayer() {
      return slot.hasLayer();
    }

    @Override
    public void commit(ZonedDevice base, LayerMerge.Progress progress) throws IOException {
      slot.commit(base, progress);
    }

    @Override
    public void drop() throws IOException {
      slot.drop();
    }
  }

  /** A layer in memory. */
  record InMemory(StackTree part, AtomicBoolean begun) implements Layered {
    @Override
    public void begin() {
      begun.set(true);
    }

    @Override
    public void cut(long seed) {
      // Nothing is left anyway.
    }

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return begun.get()
          ? openOver(DeviceAccess.READ_ONLY, base -> MemoryLayer.open(base, OptionalLong.empty()))
          : part.open(access);
    }

    @Override
    public boolean forgets() {
      return begun.get();
    }

    @Override
    public String toString() {
      return "InMemory[part=" + part + "]";
    }
  }
}
