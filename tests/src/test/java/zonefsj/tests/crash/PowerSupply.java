// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

/** Lasts for a number of accesses. Thread-safe. */
final class PowerSupply {
  private final int most;
  private int used;

  /**
   * @param most accesses for which it lasts
   */
  PowerSupply(int most) {
    this.most = most;
  }

  /** Never ends. */
  static PowerSupply endless() {
    return new PowerSupply(Integer.MAX_VALUE);
  }

  /** Takes one access; false: it has ended. */
  synchronized boolean use() {
    if (used == most) {
      return false;
    }
    used++;
    return true;
  }

  /** Accesses so far. */
  synchronized int used() {
    return used;
  }

  synchronized boolean hasEnded() {
    return used == most;
  }
}
