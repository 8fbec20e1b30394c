// SPDX-License-Identifier: Apache-2.0
/**
 * Layers over a drive that is never written: a layer keeps all changes, in memory, in a file or on
 * another drive, and everything else is read from the drive below.
 *
 * <p>{@link zonefsj.device.layer.MemoryLayer} makes layers that are gone at the close, {@link
 * zonefsj.device.layer.DiffLayer} makes layers that stay, and {@link
 * zonefsj.device.layer.LayerMerge} merges them into the drive below.
 *
 * <p>Invariants: no method of the drive below that changes anything is called, except by a merge.
 * Bytes that the layer has come from the layer; bytes of before a reset never appear again, whether
 * they were the layer's or those of the drive below; what neither has reads as zeros.
 *
 * <p>Threading: layered drives are {@link zonefsj.device.software.SoftwareZonedDevice}s; all other
 * classes are stateless, immutable or say otherwise.
 */
@NullMarked
package zonefsj.device.layer;

import org.jspecify.annotations.NullMarked;
