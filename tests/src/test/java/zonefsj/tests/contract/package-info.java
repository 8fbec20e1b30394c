// SPDX-License-Identifier: Apache-2.0
/**
 * Every {@link zonefsj.device.ZonedDevice} and every {@link zonefsj.fs.meta.MetadataStore} against
 * one suite: {@link zonefsj.tests.contract.ZonedDeviceContractTest} is inherited for each drive and
 * wrapper, {@link zonefsj.tests.contract.MetadataStoreContractTest} for each store.
 *
 * <p>Invariants: a test that a drive cannot pass says what it {@code @Needs}, and the drive what it
 * {@code @Lacks}, with the reason.
 *
 * <p>Threading: a test owns its drive or store; tests of concurrent access start their own threads.
 */
@NullMarked
package zonefsj.tests.contract;

import org.jspecify.annotations.NullMarked;
