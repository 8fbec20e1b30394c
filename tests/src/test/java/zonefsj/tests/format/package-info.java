// SPDX-License-Identifier: Apache-2.0
/**
 * What is on the drive: the bytes of every structure as they were when its format version was made,
 * decoders that meet any bytes with words, and the check that follows every reference.
 *
 * <p>{@link zonefsj.tests.format.SmallVolume} is a drive with a few files of each kind; its journal
 * takes batches made by hand, so that every inconsistency can be made on purpose.
 *
 * <p>Invariants: golden bytes change only with a new format version. A decoder returns a value or
 * throws a message for any bytes.
 *
 * <p>Threading: one thread.
 */
@NullMarked
package zonefsj.tests.format;

import org.jspecify.annotations.NullMarked;
