// SPDX-License-Identifier: Apache-2.0
/**
 * Parses and validates mount options and other user input.
 *
 * <p>Invariants: invalid input is refused with a message that says what is valid. A result depends
 * on the input alone: nothing here accesses a drive or the host. Each meaning has one text, so
 * texts of options can be compared.
 *
 * <p>Threading: results are immutable; a parser and its draft belong to one thread.
 */
@NullMarked
package zonefsj.fs.cli.options;

import org.jspecify.annotations.NullMarked;
