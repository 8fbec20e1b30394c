// SPDX-License-Identifier: Apache-2.0
/** The examples of {@code LIBRARY.md}: each runs here, and the page shows exactly what runs. */
@NullMarked
package zonefsj.tests.library;

import org.jspecify.annotations.NullMarked;
