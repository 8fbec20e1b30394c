// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/** What a failure of a request means for whoever may repeat it. Stateless. */
final class S3Errors {
  static final int TAKEN = 412;
  static final int BEYOND = 416;

  /** What is answered if there is no such object. Others in between answer 404 without it. */
  private static final String NO_KEY = "NoSuchKey";

  private static final String NO_BUCKET = "NoSuchBucket";

  /**
   * Answers that will be the same the next time, also those of a server before the store, which
   * knows no error codes of it: 413 if it takes no long objects.
   */
  private static final Set<Integer> FINAL = Set.of(405, 411, 413, 501);

  /**
   * Those that are only if the store gives them. Without an error code of it they are of somebody
   * in between, such as a proxy at which somebody has to log in, and pass.
   */
  private static final Set<Integer> FINAL_OF_STORE = Set.of(301, 307, 400, 401, 403);

  /** Refused before anything was done: clocks that differ, and keys that expire, are put right. */
  private static final Set<String> NOT_NOW =
      Set.of(
          "expiredtoken",
          "expiredtokenexception",
          "invalidtokenid",
          "requesttimetooskewed",
          "requestexpired",
          "tokenrefreshrequired");

  /** Of requests that got damaged on the way, or of a server that has too much to do. */
  private static final Set<String> PASSING =
      Set.of(
          "baddigest",
          "incompletebody",
          "invaliddigest",
          "requesttimeout",
          "slowdown",
          "xamzcontentsha256mismatch");

  /** Thrown before anything is sent. */
  private static final List<Class<? extends Throwable>> NOT_CONNECTED =
      List.of(
          ConnectException.class,
          ConnectTimeoutException.class,
          ConnectionRequestTimeoutException.class,
          NoRouteToHostException.class,
          S3Credentials.MissingException.class,
          UnknownHostException.class);

  private S3Errors() {}

  static boolean isMissing(S3Exception e) {
    return NO_KEY.equals(code(e));
  }

  private static String code(S3Exception e) {
    return e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null
        ? ""
        : e.awsErrorDetails().errorCode();
  }

  /**
   * The same for whoever repeats requests.
   *
   * @param what the store, and the name of the object
   */
  static IOException of(RuntimeException e, String what) {
    String why = what + ": " + words(e);
    if (e instanceof S3Exception answer) {
      return ofAnswer(answer, why);
    }
    if (has(e, List.of(CertificateException.class, SSLPeerUnverifiedException.class))) {
      return new StoreRefusedException(why, e);
    }
    if (!(e instanceof SdkServiceException) && has(e, NOT_CONNECTED)) {
      return new StoreUnavailableException(why, e);
    }
    return new IOException(why, e);
  }

  private static IOException ofAnswer(S3Exception e, String why) {
    String code = code(e).toLowerCase(Locale.ROOT);
    if (NOT_NOW.contains(code) || e.isClockSkewException()) {
      return new StoreUnavailableException(why, e);
    }
    boolean passes = PASSING.contains(code) || e.isThrottlingException();
    boolean isFinal =
        NO_BUCKET.equals(code(e))
            || FINAL.contains(e.statusCode())
            || (!code.isEmpty() && FINAL_OF_STORE.contains(e.statusCode()));
    return isFinal && !passes
        ? new StoreRefusedException(why + advice(e), e)
        : new IOException(why, e);
  }

  private static String advice(S3Exception e) {
    return switch (e.statusCode()) {
      case 301, 307, 400 -> "; is the bucket in another region (region=NAME)?";
      case 403 -> "; a drive needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket";
      default -> "";
    };
  }

  /** What the client says, and what is behind it: it names no host. */
  private static String words(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String said = String.valueOf(e.getMessage());
    String cause = String.valueOf(last.getMessage());
    return last == e || said.contains(cause) ? said : said + " (" + cause + ")";
  }

  private static boolean has(Throwable e, List<Class<? extends Throwable>> kinds) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      Throwable one = at;
      if (kinds.stream().anyMatch(kind -> kind.isInstance(one))) {
        return true;
      }
    }
    return false;
  }
}
