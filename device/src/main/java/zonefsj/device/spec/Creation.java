// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

/** Whether an open may make a composed drive of drives that are not parts of one yet. */
public enum Creation {
  /** It may not: parts must be what they are said to be. */
  NONE,
  /** It may, of drives whose zones are all empty. */
  IF_EMPTY,
  /** It may, of any drives: resets their zones. */
  ERASE
}
