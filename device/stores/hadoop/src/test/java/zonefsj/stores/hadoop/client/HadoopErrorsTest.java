// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/** What is repeated, and what is useless to repeat. */
class HadoopErrorsTest {
  /** Exceptions of Ozone's client have words of their own. */
  @SuppressWarnings("OverrideThrowableToString") // as they do
  private static final class OfOzone extends IOException {
    private static final long serialVersionUID = 1;

    private final String words;

    OfOzone(String words, String message) {
      super(message);
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** It has a copy of Hadoop's classes, under other names. */
  private static OfOzone shaded(String name, String message) {
    return new OfOzone("org.apache.hadoop.ipc_.RemoteException(" + name + "): " + message, message);
  }

  private static IOException of(Exception e) {
    return HadoopErrors.of(e, "object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.hadoop.security.AccessControlException",
        "org.apache.hadoop.security.authorize.AuthorizationException",
        "org.apache.hadoop.fs.InvalidPathException"
      })
  void whatAServerRefusesIsRefused(String name) {
    assertThat(of(new RemoteException(name, "no"))).isInstanceOf(StoreRefusedException.class);
    assertThat(of(shaded(name, "no"))).isInstanceOf(StoreRefusedException.class);
    assertThat(of(new IOException("it failed", new RemoteException(name, "no"))))
        .isInstanceOf(StoreRefusedException.class);
  }

  @Test
  void whatTheClientRefusesIsRefused() {
    assertThat(of(new AccessControlException("no"))).isInstanceOf(StoreRefusedException.class);
    assertThat(
            of(
                new IllegalArgumentException(
                    "Bucket: a has layout: OBJECT_STORE, which does not support file system"
                        + " semantics. Bucket Layout must be FILE_SYSTEM_OPTIMIZED or LEGACY.")))
        .isInstanceOf(StoreRefusedException.class);
    assertThat(of(new OfOzone("BUCKET_NOT_FOUND x.OMException: none", "none")))
        .isInstanceOf(StoreRefusedException.class);
  }

  @Test
  void otherFailuresAreRepeated() {
    for (Exception failure :
        new Exception[] {
          new IllegalArgumentException("a host that is not known"),
          new EOFException("the connection was closed"),
          new RemoteException("org.apache.hadoop.ipc.StandbyException", "not here"),
          shaded("org.apache.hadoop.ipc_.RetriableException", "later"),
          new AccessControlException("Client cannot authenticate via:[TOKEN, KERBEROS]")
        }) {
      assertThat(of(failure)).isNotInstanceOf(StoreRefusedException.class);
      assertThat(HadoopErrors.withoutEffect(failure, "object"))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  @Test
  void theWordsAreOneLine() {
    assertThat(of(new RemoteException("x.Y", "no room\n\tat x.Y.z(Y.java:1)")))
        .hasMessage("object: no room");
  }
}
