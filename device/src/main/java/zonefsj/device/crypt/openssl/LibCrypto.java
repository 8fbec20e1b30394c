// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt.openssl;

import jnr.ffi.annotations.IgnoreError;

/**
 * The functions of libcrypto that are used, as in its manual pages EVP_EncryptInit(3) and
 * OpenSSL_version(3). Pointers are addresses. None of them sets errno. Versions 1.1 and 3 have them
 * alike.
 *
 * <p>At most five parameters: jnr-ffi 2.3.4 passes a sixth one wrongly on x86-64.
 */
public interface LibCrypto {
  /** Returns a context, or 0 if there is no memory. */
  @IgnoreError
  long EVP_CIPHER_CTX_new();

  /** Clears a context with its keys, and frees it. */
  @IgnoreError
  void EVP_CIPHER_CTX_free(long context);

  /** Returns the cipher, a constant. */
  @IgnoreError
  long EVP_aes_256_xts();

  /** Sets what is not 0 of an encryption; returns 1 if it could. */
  @IgnoreError
  int EVP_EncryptInit_ex(long context, long cipher, long engine, long key, long tweak);

  /** The same of a decryption. */
  @IgnoreError
  int EVP_DecryptInit_ex(long context, long cipher, long engine, long key, long tweak);

  /** Encrypts or decrypts one sector, as was set; returns 1 if it could. */
  @IgnoreError
  int EVP_CipherUpdate(long context, long to, long toLength, long from, int fromLength);

  /** Returns words for the version. */
  @IgnoreError
  String OpenSSL_version(int which);
}
