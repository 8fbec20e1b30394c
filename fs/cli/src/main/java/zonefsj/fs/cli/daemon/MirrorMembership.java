// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.fs.cli.host.UserError;

/**
 * The members of the mirrors of a drive.
 *
 * @param device the whole drive
 */
record MirrorMembership(ZonedDevice device) implements DaemonHandler.Members {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorMembership.class);

  @Override
  public void eject(String member) throws IOException, InterruptedException {
    List<MirrorZonedDevice> mirrors = MirrorZonedDevice.in(device);
    for (MirrorZonedDevice mirror : mirrors) {
      if (mirror.eject(member)) {
        LOG.info("{} was ejected", member);
        return;
      }
    }
    throw new UserError(
        mirrors.isEmpty()
            ? "the drive is no mirror, and cannot do without any of its parts: unmount it"
            : member
                + " is no member of a mirror here; give one of "
                + mirrors.stream()
                    .flatMap(mirror -> mirror.members().stream())
                    .map(MemberState::name)
                    .collect(Collectors.joining(", ")));
  }

  @Override
  public void admit() {
    MirrorZonedDevice.in(device).forEach(MirrorZonedDevice::admit);
  }
}
