// SPDX-License-Identifier: Apache-2.0
/**
 * AES-256-XTS of OpenSSL's libcrypto, where the host has it.
 *
 * <p>Java 17 encrypts one block of 16 bytes after the other unless the processor has VAES; OpenSSL
 * encrypts several at once on any processor with AES instructions.
 *
 * <p>Invariants: a library that does not encrypt as the standard says is not used. Nothing here
 * fails for lack of it.
 *
 * <p>Threading: the library is loaded once; a cipher is for one thread at a time.
 */
@NullMarked
package zonefsj.device.crypt.openssl;

import org.jspecify.annotations.NullMarked;
