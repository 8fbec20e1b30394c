// SPDX-License-Identifier: Apache-2.0
package sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.library.ZonedDevices;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** Writes a record to a drive and reads it back; then a write fails on purpose. */
public final class Main {
  private Main() {}

  /**
   * @param arguments the image to create
   */
  public static void main(String[] arguments) throws IOException {
    Path image = Path.of(arguments[0]);
    ImageFile.create(image, EmulatedGeometry.builder(64 << 20).zoneSizeBytes(4 << 20).build());
    try (ZonedDevice drive = ZonedDevices.at("file:" + image).validating().open()) {
      writeAndRead(drive);
    }
    RamZonedDevice ram = RamZonedDevice.create(EmulatedGeometry.ofSize(64 << 20));
    FaultScript script = new FaultScript().fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
    try (ZonedDevice drive = new FaultyZonedDevice(ram, script, ram)) {
      writeAndRead(drive);
      throw new IllegalStateException("the write did not fail");
    } catch (DeviceException e) {
      System.out.println("failed on purpose: " + e.reason());
    }
    requireAbsent("org.rocksdb.RocksDB");
    requireAbsent("ru.serce.jnrfuse.FuseFS");
  }

  private static void writeAndRead(ZonedDevice drive) throws IOException {
    ZoneAllocator zones =
        new ZoneAllocator(drive, drive.report(0, drive.geometry().zoneCount()), 1);
    ByteBuffer block = ByteBuffer.allocateDirect(drive.geometry().blockSizeBytes());
    block.putLong(0, 42);
    try (ZoneHandle handle = zones.allocate(ZoneStream.HOT).orElseThrow()) {
      handle.append(block);
      drive.flush();
      ByteBuffer read = ByteBuffer.allocateDirect(block.capacity());
      drive.read(drive.geometry().zoneStartBytes(handle.zone()), read);
      System.out.println("read " + read.getLong(0));
    }
  }

  /** The library brings nothing that only the filesystem needs. */
  private static void requireAbsent(String name) {
    try {
      Class.forName(name);
    } catch (ClassNotFoundException absent) {
      System.out.println("without " + absent.getMessage());
      return;
    }
    throw new IllegalStateException(name + " is there");
  }
}
