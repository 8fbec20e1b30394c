// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import redis.clients.jedis.Connection;

/** Enters without a word, and knows one error. */
record PlainEntry(Look look) implements RespEntry {
  static final PlainEntry NO_LOOK = new PlainEntry(connection -> {});

  /** Looks at a server. */
  @FunctionalInterface
  interface Look {
    /** Looks at it. */
    void at(Connection connection) throws IOException;
  }

  @Override
  public void enter(Connection connection) throws IOException {
    look.at(connection);
  }

  @Override
  public Meaning meaning(String error) {
    return error.startsWith("READONLY") ? Meaning.REPLACED : Meaning.UNKNOWN;
  }
}
