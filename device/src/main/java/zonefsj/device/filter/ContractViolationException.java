// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

/**
 * A drive violated the contract of {@link zonefsj.device.ZonedDevice}: a bug of the drive's
 * implementation (or of its hardware), never a mistake of its user.
 */
public final class ContractViolationException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  ContractViolationException(String message) {
    super(message);
  }
}
