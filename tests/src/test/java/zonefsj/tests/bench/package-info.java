// SPDX-License-Identifier: Apache-2.0
/**
 * Measures what transports cost compared with peers, and what wrappers of drives add.
 *
 * <p>{@link zonefsj.tests.bench.TransportBench} mounts a filesystem without contents ({@link
 * zonefsj.tests.bench.NullFileSystem}, and the same in C over libfuse 3 and libfuse 2.9) through
 * each transport, so that what is left is the price of the transport: processor time of the daemon
 * for an operation. Each candidate is a process of its own, load comes from another one, and rounds
 * go through the candidates in turn. The programs in C are resources of this package and are
 * compiled when they are needed.
 *
 * <p>{@link zonefsj.tests.bench.WrapperCosts} runs {@link zonefsj.tests.bench.WrapperBench} and
 * {@link zonefsj.tests.bench.CipherBench} with JMH, a process for each measurement. JMH's
 * annotation processor makes the code that calls them.
 *
 * <p>Invariants: no test depends on a time. All candidates get the same load, and rounds go through
 * them in turn.
 *
 * <p>Threading: each candidate is a process of its own, and the load comes from another one.
 */
@NullMarked
package zonefsj.tests.bench;

import org.jspecify.annotations.NullMarked;
