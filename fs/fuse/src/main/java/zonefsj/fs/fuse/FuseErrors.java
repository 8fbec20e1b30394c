// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/**
 * Translates every exception of a call to the negative error number of the reply. No exception may
 * escape from a callback of native code: the libraries turn it into success.
 */
public final class FuseErrors {
  private static final Logger LOG = LoggerFactory.getLogger(FuseErrors.class);

  private FuseErrors() {}

  /**
   * The reply to a call that failed. Logs failures, but not answers.
   *
   * @param operation name of the request
   * @param subject the file, if known
   * @param failure the exception
   * @return negative error number
   */
  public static int reply(String operation, Object subject, Throwable failure) {
    if (isAway(failure)) {
      // The log has why the drive is away; every call fails until it is back.
      LOG.debug("{} {}: {}", operation, subject, failure.getMessage());
      return -Errno.EIO.number();
    }
    if (failure instanceof ErrnoException answer) {
      if (answer.errno() == Errno.EIO) {
        LOG.warn("{} {}: {}", operation, subject, answer.getMessage());
      } else if (LOG.isTraceEnabled()) {
        LOG.trace("{} {}: {} {}", operation, subject, answer.errno(), answer.getMessage());
      }
      return -answer.errno().number();
    }
    if (DeviceException.isRemoval(failure)) {
      // The log has the failure that noticed it; every call fails in the same way.
      LOG.warn("{} {}: {}", operation, subject, failure.getMessage());
      return -Errno.EIO.number();
    }
    if (failure instanceof IOException) {
      LOG.error("{} {}: I/O error", operation, subject, failure);
      return -Errno.EIO.number();
    }
    LOG.error("{} {}: a bug in zonefs-j, answered with EIO", operation, subject, failure);
    return -Errno.EIO.number();
  }

  private static boolean isAway(Throwable failure) {
    return (failure instanceof IOException failed && DeviceException.isAway(failed))
        || (failure instanceof ErrnoException
            && failure.getCause() instanceof IOException cause
            && DeviceException.isAway(cause));
  }
}
