// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key for AES-256-XTS: one half for the data, one for the positions. Immutable.
 *
 * <p>{@link #toString} names the key and does not show it.
 */
public final class XtsKey {
  /** Length of both halves together. */
  public static final int BYTES = 64;

  private static final String AES = "AES";

  private final UUID id;
  private final SecretKeySpec data;
  private final SecretKeySpec tweak;

  /**
   * @param id the name of the key
   * @param bytes the half for the data, then the half for the positions; copied
   * @throws IllegalArgumentException if the length is wrong, or the halves are equal, which the
   *     standard forbids because it weakens the encryption
   */
  public XtsKey(UUID id, byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "a key of AES-256-XTS has " + BYTES + " bytes, not " + bytes.length);
    }
    byte[] first = Arrays.copyOf(bytes, BYTES / 2);
    byte[] second = Arrays.copyOfRange(bytes, BYTES / 2, BYTES);
    try {
      if (MessageDigest.isEqual(first, second)) {
        throw new IllegalArgumentException("the two halves of the key are equal");
      }
      this.id = id;
      this.data = new SecretKeySpec(first, AES);
      this.tweak = new SecretKeySpec(second, AES);
    } finally {
      Arrays.fill(first, (byte) 0);
      Arrays.fill(second, (byte) 0);
    }
  }

  /** The name of the key, which is not secret. */
  public UUID id() {
    return id;
  }

  /** The bytes of which it is made; the caller clears them. */
  byte[] bytes() {
    byte[] first = data.getEncoded();
    byte[] second = tweak.getEncoded();
    byte[] both = Arrays.copyOf(first, BYTES);
    System.arraycopy(second, 0, both, first.length, second.length);
    Arrays.fill(first, (byte) 0);
    Arrays.fill(second, (byte) 0);
    return both;
  }

  /** The half that encrypts the data. */
  SecretKeySpec data() {
    return data;
  }

  /** The half that encrypts the positions. */
  SecretKeySpec tweak() {
    return tweak;
  }

  @Override
  public String toString() {
    return "key " + id;
  }
}
