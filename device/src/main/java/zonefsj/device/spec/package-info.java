// SPDX-License-Identifier: Apache-2.0
/**
 * From the text by which a user names a drive to the drive: {@link zonefsj.device.spec.DeviceSpec}
 * is the parsed text, {@link zonefsj.device.spec.DeviceResolver} opens the drive.
 *
 * <p>Invariants: every refusal is a one-line message with the problem, the place and the remedy;
 * nothing is written before every check has passed.
 *
 * <p>Threading: everything here is immutable or stateless, and thread-safe.
 */
@NullMarked
package zonefsj.device.spec;

import org.jspecify.annotations.NullMarked;
