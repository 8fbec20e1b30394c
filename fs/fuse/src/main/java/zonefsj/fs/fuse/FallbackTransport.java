// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ZoneFileSystem;

/** Several transports, of which the first that can mount does. */
public final class FallbackTransport implements FuseTransport {
  private static final Logger LOG = LoggerFactory.getLogger(FallbackTransport.class);

  private final List<FuseTransport> transports;

  /**
   * @param transports the best first; at least one
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
    // What no transport can do anything about has words of its own.
    MountPointCheck.check(options);
    FuseMountException refusal = null;
    for (FuseTransport transport : transports) {
      try {
        return transport.mount(fileSystem, options);
      } catch (FuseMountException refused) {
        LOG.warn("transport {} cannot mount: {}", transport.name(), refused.getMessage());
        if (refusal == null) {
          // What is wrong with the best is what the user should hear of.
          refusal = refused;
        } else {
          refusal.addSuppressed(refused);
        }
      }
    }
    throw refusal == null ? new FuseMountException("there is no transport") : refusal;
  }
}
