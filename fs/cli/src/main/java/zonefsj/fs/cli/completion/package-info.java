// SPDX-License-Identifier: Apache-2.0
/**
 * Makes the scripts by which a shell completes the words of the command, from the description that
 * picocli has of each subcommand. What a script must know of the host it finds out itself, except
 * labels, UUIDs and zones, for which it runs the command.
 *
 * <p>Invariants: a script names every subcommand and every option that is not hidden, and nothing
 * else.
 *
 * <p>Threading: all classes are stateless.
 */
@NullMarked
package zonefsj.fs.cli.completion;

import org.jspecify.annotations.NullMarked;
