// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt.openssl;

import jnr.ffi.annotations.IgnoreError;

/**
 * A function of libcrypto that is done without where it is missing: it is deprecated since version
 * 3.
 */
public interface LibCryptoTweak {
  /** Returns the address of the tweak that a context uses, or 0. */
  @IgnoreError
  long EVP_CIPHER_CTX_iv_noconst(long context);
}
