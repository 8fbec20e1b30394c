// SPDX-License-Identifier: Apache-2.0
/**
 * Drives of which everything is encrypted before it leaves the process, and the files that hold
 * their keys.
 *
 * <p>Invariants: what reaches the drive below, with an access of any kind and also with one that is
 * refused, is ciphertext. A key file is never changed in place: it is the old one or the new one.
 *
 * <p>Threading: an encrypted drive is thread-safe as every drive; the files and kinds are immutable
 * or stateless; the threads of a process share the keys that it has opened. What is not thread-safe
 * says so, and stays within the package.
 */
@NullMarked
package zonefsj.device.crypt;

import org.jspecify.annotations.NullMarked;
