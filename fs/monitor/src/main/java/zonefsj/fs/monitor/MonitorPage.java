// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The page: one text without anything from elsewhere, with a place for a nonce. */
public final class MonitorPage {
  private static final String NAME = "page.html";
  private static final String NONCE = "{{NONCE}}";
  private static final String TEXT = read();

  private MonitorPage() {}

  /** Reads it, so that an upgrade of the installation does not take it away. */
  public static void load() {
    if (!TEXT.contains(NONCE)) {
      throw new IllegalStateException("the page has no place for a nonce");
    }
  }

  private static String read() {
    try (InputStream page = MonitorPage.class.getResourceAsStream(NAME)) {
      if (page == null) {
        throw new IllegalStateException("the page is not in the jar");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page for one answer. */
  static byte[] with(String nonce) {
    return TEXT.replace(NONCE, nonce).getBytes(StandardCharsets.UTF_8);
  }
}
