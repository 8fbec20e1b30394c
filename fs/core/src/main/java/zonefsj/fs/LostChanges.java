// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * What the end of a mount loses because no commit comes any more.
 *
 * @param reason why the last commit failed
 * @param isCertain whether changes of applications are among it; otherwise it may be nothing but
 *     access times, and data that the journal has
 */
public record LostChanges(String reason, boolean isCertain) {}
