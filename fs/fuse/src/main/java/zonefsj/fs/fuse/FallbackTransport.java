// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ZoneFileSystem;

/** Tries several transports and mounts with the first that can. */
public final class FallbackTransport implements FuseTransport {
  private static final Logger LOG = LoggerFactory.getLogger(FallbackTransport.class);

  private final List<FuseTransport> transports;

  /**
   * @param transports in order of preference; at least one
   */
  public FallbackTransport(List<FuseTransport> transports) {
    this.transports = List.copyOf(transports);
  }

  @Override
  public String name() {
    return "auto";
  }

  @Override
  public FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options)
      throws FuseMountException {
    // Problems that no transport can solve have their own messages.
    MountPointCheck.check(options);
    FuseMountException refusal = null;
    for (FuseTransport transport : transports) {
      try {
        return transport.mount(fileSystem, options);
      } catch (FuseMountException refused) {
        LOG.warn("transport {} cannot mount: {}", transport.name(), refused.getMessage());
        if (refusal == null) {
          // Report the failure of the preferred transport to the user.
          refusal = refused;
        } else {
          refusal.addSuppressed(refused);
        }
      }
    }
    throw refusal == null ? new FuseMountException("there is no transport") : refusal;
  }
}
