// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import redis.clients.jedis.commands.ProtocolCommand;

/** Commands of 0-db, some of which Redis has with other arguments and answers. */
enum ZdbCommand implements ProtocolCommand {
  AUTH,
  DEL,
  GET,
  HISTORY,
  KEYCUR,
  LENGTH,
  NSINFO,
  SCAN,
  SELECT,
  SET;

  @Override
  public byte[] getRaw() {
    return name().getBytes(US_ASCII);
  }
}
