// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.fuse.protocol.Reply;

/**
 * Writes notices to /dev/fuse. With the write-back cache there is one for each file that was
 * written, so each thread that sends some keeps a buffer of {@value #BODY_BYTES} bytes and a
 * header.
 */
final class DeviceNotices implements Notices {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceNotices.class);

  private static final int BODY_BYTES = 24;

  private final FuseDevice device;
  private final ThreadLocal<Reply> buffers = ThreadLocal.withInitial(() -> new Reply(BODY_BYTES));

  DeviceNotices(FuseDevice device) {
    this.device = device;
  }

  @Override
  public void attributesChanged(long inode) {
    ByteBuffer notice = buffers.get().invalidateAttributes(inode);
    int error;
    try {
      error = device.write(FuseDevice.addressOf(notice), notice.remaining());
    } finally {
      Reference.reachabilityFence(notice);
    }
    // ENOENT: the kernel does not know this inode.
    if (error != 0 && error != -FuseLibc.ENOENT && error != -FuseLibc.ENODEV) {
      LOG.error("the kernel refused a notice about inode {}: errno {}", inode, -error);
    }
  }
}
