// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.MediumPresence;
import zonefsj.device.StackedDevice;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.software.ZoneStorage;

/**
 * An open layer: the changes of a drive below, in a file or on another drive. Closing it closes
 * that.
 *
 * <p>Threading: as {@link ZoneStorage} demands; what a merge calls has one thread.
 */
interface LayerStore extends Closeable {
  /** Its name, for messages. */
  String name();

  LayerHeader header();

  MergeStage stage();

  /** The zones of the drive below when the layer began, with the limits of today. */
  BaseZones zones();

  /** The layer's zones, corrected as {@link ZoneStateMachine} does. */
  ZoneStateMachine machine();

  /** Makes what is stored agree with the zones that were corrected. */
  void saveCorrected() throws IOException;

  /** The blocks of conventional zones that the layer has. */
  BlockMap map();

  /** Adds blocks to the map whose bytes the storage has, durably. */
  void addBlocks(int zone, int from, int to) throws IOException;

  /** The layer's bytes, at the offsets of the layer's zones. */
  ZoneStorage storage();

  /** Tells whether the layer's medium is still there. */
  MediumPresence presence() throws IOException;

  /** The drive that keeps the layer; none if a file does. */
  List<StackedDevice.Below> below();

  /** Makes everything durable, and then the stage. */
  void setStage(MergeStage next) throws IOException;

  /** Reads bytes of a zone of the drive below. */
  @FunctionalInterface
  interface BelowBytes {
    void read(long offsetBytes, ByteBuffer destination) throws IOException;
  }

  /**
   * The zone whose beginning alone the layer keeps, until the drive below has all of it; none if
   * what is kept stays.
   */
  OptionalInt keptZone();

  /**
   * Keeps the beginning of a zone, which was that of the drive below until now, durably. What it
   * kept of another zone before may be gone then: the drive below has that.
   */
  void keepBelow(int zone, long lengthBytes, BelowBytes below) throws IOException;

  /** Removes the layer; what is left after an interruption cannot be taken for it. */
  void remove() throws IOException;
}
