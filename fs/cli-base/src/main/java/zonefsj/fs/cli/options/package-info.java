// SPDX-License-Identifier: Apache-2.0
/**
 * Mount options and other words of the user: parsed, validated, and refused with words. Pure
 * functions of their input; nothing here touches a drive or the host.
 */
@NullMarked
package zonefsj.fs.cli.options;

import org.jspecify.annotations.NullMarked;
