// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.ByteBuffer;

/**
 * Encrypts and decrypts whole sectors with AES-256-XTS, as in IEEE 1619-2018: the ciphers and
 * buffers of one thread at a time. Not thread-safe. All implementations give the same bytes.
 */
interface SectorWorker extends AutoCloseable {
  /**
   * Encrypts.
   *
   * @param sector number of the first sector
   * @param sources have {@code length} bytes; they move
   * @param target direct; its position moves by {@code length}
   * @param length whole sectors
   */
  void encrypt(long sector, Sources sources, ByteBuffer target, int length);

  /**
   * Decrypts in place.
   *
   * @param sector number of the first sector
   * @param buffer from its position to its limit, whole sectors; its position moves
   */
  void decrypt(long sector, ByteBuffer buffer);

  /** Forgets the key as soon as the implementation can. */
  @Override
  void close();
}
