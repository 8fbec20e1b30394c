package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.host.UserError;

/** Keeps a drive that somebody else uses from being formatted by mistake. */
public final class ForeignFormat {
  private ForeignFormat() {}

  /**
   * Looks at the beginning of a drive.
   *
   * @throws UserError if another filesystem, or anything else that is known, is there
   */
  public static void refuse(String spec, ZonedDevice device) throws IOException {
    DeviceGeometry geometry = device.geometry();
    long wanted = Math.min(KnownFormat.LOOK_BYTES, geometry.capacityBytes());
    int block = geometry.blockSizeBytes();
    ByteBuffer start = ByteBuffer.allocateDirect((int) (wanted / block) * block);
    device.read(0, start);
    refuse(spec, start.flip());
  }

  /**
   * Looks at the first bytes of a drive.
   *
   * @throws UserError as {@link #refuse(String, ZonedDevice)}
   */
  static void refuse(String spec, ByteBuffer start) throws UserError {
    Optional<KnownFormat> found = KnownFormat.detect(start);
    if (found.isPresent()) {
      throw new UserError(
          spec + " holds " + found.orElseThrow().title() + "; --force overwrites it");
    }
  }
}
