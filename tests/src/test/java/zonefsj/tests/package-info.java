// SPDX-License-Identifier: Apache-2.0
/** The proofs that cross parts, one package per kind of proof. */
@NullMarked
package zonefsj.tests;

import org.jspecify.annotations.NullMarked;
