// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;

/**
 * The request to open a drive: what every kind needs for it beside its own parts. Immutable.
 *
 * @param access the access that is asked for
 * @param creation whether composed drives may be made of drives that are not parts of one yet
 * @param lookup finds drives by UUID and label
 * @param tags number of UUIDs and labels that have led to this drive
 * @param grows whether a drive may get more zones if its medium has room for them; never if it is
 *     opened to be read only
 * @param formats whether the drive is opened to format it: single drives may be made then where
 *     there are none
 * @param isCopy whether another drive has the same bytes: this one fails rather than waits
 */
public record DeviceOpening(
    DeviceAccess access,
    Creation creation,
    DeviceLookup lookup,
    int tags,
    boolean grows,
    boolean formats,
    boolean isCopy) {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceOpening.class);
  private static final int MAX_TAGS = 8;

  /** Takes the permission to grow away from an open that is read-only. */
  public DeviceOpening {
    grows = grows && access != DeviceAccess.READ_ONLY;
  }

  /** An open at which no drive grows, and no single drive is made. */
  public DeviceOpening(DeviceAccess access, Creation creation, DeviceLookup lookup, int tags) {
    this(access, creation, lookup, tags, false, false, false);
  }

  /** The same for a part that is only read. */
  public DeviceOpening toRead() {
    return new DeviceOpening(
        DeviceAccess.READ_ONLY, Creation.NONE, lookup, tags, false, false, isCopy);
  }

  /** The same with another permission to make composed drives. */
  public DeviceOpening with(Creation other) {
    return new DeviceOpening(
        access, isReadOnly() ? Creation.NONE : other, lookup, tags, grows, formats, isCopy);
  }

  /** The same with the permission to grow, unless it is read-only. */
  public DeviceOpening growing() {
    return new DeviceOpening(access, creation, lookup, tags, true, formats, isCopy);
  }

  /** The same with the permission to make single drives. */
  DeviceOpening formatting() {
    return new DeviceOpening(access, creation, lookup, tags, grows, true, isCopy);
  }

  /** The same for one of several drives that have the same bytes. */
  public DeviceOpening ofCopy() {
    return new DeviceOpening(access, creation, lookup, tags, grows, formats, true);
  }

  /** The same for a part that must keep its number of zones. */
  private DeviceOpening fixed() {
    return new DeviceOpening(access, creation, lookup, tags, false, formats, isCopy);
  }

  /** Whether the drive is opened to be read only. */
  public boolean isReadOnly() {
    return access == DeviceAccess.READ_ONLY;
  }

  /**
   * Opens drives and puts them together; closes those that are open if that fails.
   *
   * @param specs the drives, in order
   */
  public ZonedDevice openTogether(List<DeviceSpec> specs, Composer composer) throws IOException {
    return openTogether(specs, this, this, composer);
  }

  /**
   * As {@link #openTogether}, for drives one after the other: only the last one may grow, because
   * the zones of one that follows another keep their numbers. It may be new then, and a composed
   * drive of empty ones.
   */
  public ZonedDevice openInSequence(List<DeviceSpec> specs, Composer composer) throws IOException {
    return openTogether(specs, fixed(), grows ? with(Creation.IF_EMPTY) : this, composer);
  }

  /**
   * As {@link #openTogether}, for a drive that stands over another one, which is only read.
   *
   * @param over keeps its number of zones
   * @param below the other one
   */
  public ZonedDevice openOver(DeviceSpec over, DeviceSpec below, Composer composer)
      throws IOException {
    return openTogether(List.of(over, below), fixed(), toRead(), composer);
  }

  /**
   * As {@link #openTogether}, for a drive that another one keeps bytes of for a while, which is
   * written whatever the access to the first is.
   *
   * @param beside the other one, which keeps its number of zones
   * @param cached the first one
   * @param composer takes them in this order
   */
  public ZonedDevice openBeside(DeviceSpec beside, DeviceSpec cached, Composer composer)
      throws IOException {
    DeviceOpening toWrite =
        new DeviceOpening(
            DeviceAccess.READ_WRITE, Creation.NONE, lookup, tags, false, false, isCopy);
    return openTogether(List.of(beside, cached), toWrite, this, composer);
  }

  private ZonedDevice openTogether(
      List<DeviceSpec> specs, DeviceOpening ofOthers, DeviceOpening ofLast, Composer composer)
      throws IOException {
    refuseTwice(specs);
    List<ZonedDevice> opened = new ArrayList<>();
    boolean complete = false;
    try {
      for (DeviceSpec spec : specs) {
        boolean isLast = opened.size() == specs.size() - 1;
        opened.add(spec.open(isLast ? ofLast : ofOthers));
      }
      ZonedDevice composed = composer.compose(opened);
      complete = true;
      return composed;
    } finally {
      if (!complete) {
        opened.forEach(DeviceOpening::closeQuietly);
      }
    }
  }

  /** Why the others cannot be opened is what counts. */
  private static void closeQuietly(ZonedDevice device) {
    try {
      device.close();
    } catch (IOException e) {
      LOG.warn("{} cannot be closed", device, e);
    }
  }

  /**
   * Refuses a drive that is named twice among the parts of one drive.
   *
   * @throws DeviceSpecException with its name
   */
  public void refuseTwice(List<DeviceSpec> specs) throws IOException {
    Set<String> names = new HashSet<>();
    for (DeviceSpec spec : specs) {
      for (DeviceSpec drive : spec.absolute(lookup).singleDrives().toList()) {
        if (!drive.isNew() && !names.add(drive.toString())) {
          throw new DeviceSpecException(drive + " is given twice; a drive can be one part only");
        }
      }
    }
  }

  /** Makes one drive of several. */
  @FunctionalInterface
  public interface Composer {
    /** Takes the drives below; the result owns them. */
    ZonedDevice compose(List<ZonedDevice> below) throws IOException;
  }

  /** Opens the drive that has a UUID or label. */
  ZonedDevice openTagged(TaggedSpec tagged) throws IOException {
    String found =
        lookup
            .find(tagged.tag(), tagged.value())
            .orElseThrow(
                () ->
                    new DeviceSpecException(
                        tagged
                            + ": no drive has it; plug it in, or give the path of the drive or"
                            + " image"));
    if (tags >= MAX_TAGS) {
      throw new DeviceSpecException(found + ": the name of the drive refers to itself");
    }
    return DeviceSpec.parse(found)
        .open(new DeviceOpening(access, creation, lookup, tags + 1, grows, formats, isCopy));
  }
}
