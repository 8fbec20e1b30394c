// SPDX-License-Identifier: Apache-2.0
/**
 * The proofs that cross parts, one package per kind of proof.
 *
 * <p>Invariants: no test is skipped. A seed determines what a proof tries.
 *
 * <p>Threading: {@code Prove} runs one proof on the main thread; a proof may start its own threads.
 */
@NullMarked
package zonefsj.tests;

import org.jspecify.annotations.NullMarked;
