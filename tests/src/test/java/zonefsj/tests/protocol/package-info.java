// SPDX-License-Identifier: Apache-2.0
/**
 * The FUSE protocol as bytes, without a kernel: requests that no kernel would send, and references
 * that are counted.
 */
@NullMarked
package zonefsj.tests.protocol;

import org.jspecify.annotations.NullMarked;
