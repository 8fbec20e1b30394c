// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/**
 * Turns whatever a call threw into the negative error number of the reply. Nothing may pass a
 * callback from native code: the libraries turn an escaped exception into success.
 */
public final class FuseErrors {
  private static final Logger LOG = LoggerFactory.getLogger(FuseErrors.class);

  private FuseErrors() {}

  /**
   * The reply to a call that failed. Logs accidents, not answers.
   *
   * @param operation name of the request
   * @param subject the file as far as it is known
   * @param failure what was thrown
   * @return negative error number
   */
  public static int reply(String operation, Object subject, Throwable failure) {
    if (failure instanceof ErrnoException answer) {
      if (answer.errno() == Errno.EIO) {
        LOG.warn("{} {}: {}", operation, subject, answer.getMessage());
      } else if (LOG.isTraceEnabled()) {
        LOG.trace("{} {}: {} {}", operation, subject, answer.errno(), answer.getMessage());
      }
      return -answer.errno().number();
    }
    if (failure instanceof IOException) {
      LOG.error("{} {}: I/O error", operation, subject, failure);
      return -Errno.EIO.number();
    }
    LOG.error("{} {}: a bug in zonefs-j, answered with EIO", operation, subject, failure);
    return -Errno.EIO.number();
  }
}
