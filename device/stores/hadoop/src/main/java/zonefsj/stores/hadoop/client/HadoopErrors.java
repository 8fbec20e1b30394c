// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.InvalidPathException;
import org.apache.hadoop.security.AccessControlException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/** What a failure of a request means for whoever may repeat it. Stateless. */
final class HadoopErrors {
  /** Ozone has classes of Hadoop under other names. */
  private static final String SHADED = "org.apache.hadoop.ipc_.";

  private static final String PLAIN = "org.apache.hadoop.ipc.";

  /** Of the client, or by their names from a server. */
  private static final List<String> REFUSALS =
      List.of(
          AccessControlException.class.getName(),
          InvalidPathException.class.getName(),
          "org.apache.hadoop.security.authorize.AuthorizationException",
          "org.apache.hadoop.ipc.RpcNoSuchProtocolException",
          "org.apache.hadoop.fs.UnsupportedFileSystemException");

  /** Results of a server of Ozone, with which the words of its exceptions begin. */
  private static final Pattern REFUSED_BY_OZONE =
      Pattern.compile(
          "(ACCESS_DENIED|INVALID_BUCKET_NAME|INVALID_KEY_NAME|INVALID_TOKEN|INVALID_VOLUME_NAME|NOT_SUPPORTED_OPERATION|PERMISSION_DENIED"
              + "|BUCKET_NOT_FOUND|VOLUME_NOT_FOUND)\\b.*",
          Pattern.DOTALL);

  /** The client of Ozone says so of a bucket whose keys are no paths. */
  private static final Pattern WITHOUT_DIRECTORIES =
      Pattern.compile(
          ".*does not support file system semantics.*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  /**
   * What a server has thrown, in words of the class that stands for it: each client has one of its
   * own.
   */
  private static final Pattern REMOTE =
      Pattern.compile("[\\w.]*\\bRemoteException\\(([\\w.$]+)\\).*", Pattern.DOTALL);

  /** Of tickets that somebody renews. */
  private static final Pattern WITHOUT_TICKET =
      Pattern.compile(".*(authenticate via|GSS initiate failed).*", Pattern.DOTALL);

  private HadoopErrors() {}

  /** The same for whoever repeats requests. */
  static IOException of(Exception e, String what) {
    if (e instanceof StoreRefusedException
        || e instanceof StoreUnavailableException
        || e instanceof ObjectUnreadableException) {
      return (IOException) e;
    }
    String why = what + ": " + firstLine(e);
    return isRefusal(e) ? new StoreRefusedException(why, e) : new IOException(why, e);
  }

  /** The same of a request that had no effect. */
  static IOException withoutEffect(Exception e, String what) {
    IOException same = of(e, what);
    return same instanceof StoreRefusedException || same instanceof StoreUnavailableException
        ? same
        : new StoreUnavailableException(String.valueOf(same.getMessage()), e);
  }

  private static boolean isRefusal(Exception e) {
    boolean refused = false;
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (WITHOUT_TICKET.matcher(String.valueOf(at.getMessage())).matches()) {
        return false;
      }
      Matcher remote = REMOTE.matcher(at.toString());
      String name =
          (remote.matches() ? remote.group(1) : at.getClass().getName()).replace(SHADED, PLAIN);
      refused |=
          REFUSALS.contains(name)
              || REFUSED_BY_OZONE.matcher(at.toString()).matches()
              || WITHOUT_DIRECTORIES.matcher(String.valueOf(at.getMessage())).matches();
    }
    return refused;
  }

  /** A server sends the stack of its own after it. */
  static String firstLine(Exception e) {
    String text = e.getMessage() == null ? e.toString() : e.getMessage();
    return text.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
