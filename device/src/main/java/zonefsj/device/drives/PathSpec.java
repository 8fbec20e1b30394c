// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.spec.DeviceKinds;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecWord;

/**
 * A block device or image, depending on what is at the path.
 *
 * @param path of the device or image
 */
public record PathSpec(Path path) implements DeviceSpec {
  private static final Pattern OTHER_KIND = Pattern.compile("([a-z][a-z0-9+-]*)[:(].*");
  private static final Pattern OTHER_TAG = Pattern.compile("[A-Z]+=.*");

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    if (!Files.exists(path)) {
      throw missing();
    }
    boolean zoned = BlockDeviceFacts.isBlockDevice(path) && !isEmulated(path);
    return zoned
        ? BlockZonedDevice.open(path, opening.access())
        : ImageFile.open(path, opening.access(), opening.grows());
  }

  /** What the path may have been meant as; one in quotation marks may look like a known kind. */
  private Optional<String> unknownKind() {
    String text = path.toString();
    Matcher kind = OTHER_KIND.matcher(text);
    if (kind.matches() && DeviceKinds.find(kind.group(1)).isEmpty()) {
      return Optional.of(DeviceKinds.unknown(kind.group(1)));
    }
    return OTHER_TAG.matcher(text).matches()
        ? Optional.of("drives are found by UUID= and LABEL=; give one of these, or a path")
        : Optional.empty();
  }

  private DeviceSpecException missing() {
    Optional<String> unknown = unknownKind();
    if (unknown.isPresent()) {
      return new DeviceSpecException(path + ": " + unknown.orElseThrow());
    }
    return new DeviceSpecException(
        path
            + ": there is no such file or device; "
            + (path.startsWith("/dev") ? "" : "make an image with 'zonefs-j create', or ")
            + "look at 'lsblk -z' for zoned drives");
  }

  private static boolean isEmulated(Path path) throws IOException {
    return EmulatedDisk.isConventional(path) && EmulatedDisk.isEmulated(path);
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    if (!Files.exists(path) && unknownKind().isPresent()) {
      throw missing();
    }
    return new PathSpec(real(path));
  }

  /** A path that is the same for every name of a file. */
  static Path real(Path path) throws IOException {
    return Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
  }

  @Override
  public String toString() {
    return SpecWord.quoted(path.toString());
  }
}
