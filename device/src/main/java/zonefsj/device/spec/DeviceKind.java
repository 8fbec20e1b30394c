// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

/**
 * One kind of drive that a SPEC can name. A kind is found by {@link java.util.ServiceLoader}: to
 * add one, implement this interface and list the class in {@code
 * META-INF/services/zonefsj.device.spec.DeviceKind}. No kind knows another.
 *
 * <p>Stateless and thread-safe, with a public constructor without parameters.
 */
public interface DeviceKind {
  /** What follows the colon in {@code KIND:...}. */
  enum Form {
    /** Nothing: the kind is written with parentheses only. */
    PARENTHESES,
    /** One word, to the end of the SPEC. */
    WORD,
    /** One word, then options: {@code mem:1G,zone-size=4M}. */
    WORD_AND_OPTIONS,
    /** Options, or nothing: {@code redis:host=alpha,port=6380}. */
    OPTIONS,
    /** One SPEC, to the end. */
    SPEC
  }

  /** The name: lower-case letters, digits and {@code -}. */
  String name();

  /** How it is written, for messages and the manual: {@code concat(SPEC, SPEC, ...)}. */
  String syntax();

  /** What it is, in one line for the manual. */
  String meaning();

  /** Which form with a colon it has. */
  Form form();

  /**
   * Takes what was written between the parentheses, or after the colon.
   *
   * @throws DeviceSpecException from the methods of {@code arguments}
   */
  DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException;
}
