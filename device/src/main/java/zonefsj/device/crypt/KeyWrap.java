// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Wraps a key with a passphrase: PBKDF2 with HMAC-SHA-512 makes a key of the passphrase, which
 * wraps as in RFC 3394. Stateless and thread-safe.
 */
final class KeyWrap {
  /** Salt of a new key file. */
  static final int SALT_BYTES = 32;

  /** How often a new key file hashes its passphrase; about half a second. */
  static final int ITERATIONS = 600_000;

  private static final int WRAPPING_KEY_BITS = 256;
  private static final String AES = "AES";

  private KeyWrap() {}

  static byte[] wrap(byte[] key, char[] passphrase, byte[] salt, int iterations) {
    SecretKeySpec wrapping = wrappingKey(passphrase, salt, iterations);
    try {
      Cipher cipher = Cipher.getInstance("AESWrap_256");
      cipher.init(Cipher.WRAP_MODE, wrapping);
      return cipher.wrap(new SecretKeySpec(key, AES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java cannot wrap a key", e);
    }
  }

  /** Empty if the passphrase is wrong. */
  static Optional<byte[]> unwrap(byte[] wrapped, char[] passphrase, byte[] salt, int iterations) {
    SecretKeySpec wrapping = wrappingKey(passphrase, salt, iterations);
    try {
      Cipher cipher = Cipher.getInstance("AESWrap_256");
      cipher.init(Cipher.UNWRAP_MODE, wrapping);
      return Optional.of(cipher.unwrap(wrapped, AES, Cipher.SECRET_KEY).getEncoded());
    } catch (InvalidKeyException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java cannot unwrap a key", e);
    }
  }

  private static SecretKeySpec wrappingKey(char[] passphrase, byte[] salt, int iterations) {
    PBEKeySpec spec = new PBEKeySpec(passphrase, salt, iterations, WRAPPING_KEY_BITS);
    try {
      byte[] derived =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(spec).getEncoded();
      try {
        return new SecretKeySpec(derived, AES);
      } finally {
        Arrays.fill(derived, (byte) 0);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no PBKDF2 with HMAC-SHA-512", e);
    } finally {
      spec.clearPassword();
    }
  }
}
