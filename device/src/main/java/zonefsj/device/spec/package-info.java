// SPDX-License-Identifier: Apache-2.0
/**
 * From the text by which a user names a drive to the drive: {@link zonefsj.device.spec.DeviceSpec}
 * is the text understood, {@link zonefsj.device.spec.DeviceResolver} opens it.
 *
 * <p>Invariants: every refusal is one line that says what is wrong, where, and what to do; nothing
 * is written before every check has passed.
 *
 * <p>Threading: everything here is immutable or stateless, and thread-safe.
 */
@NullMarked
package zonefsj.device.spec;

import org.jspecify.annotations.NullMarked;
