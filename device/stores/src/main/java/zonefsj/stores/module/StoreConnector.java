// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.module;

import java.io.IOException;
import java.util.Map;
import zonefsj.stores.ObjectStore;

/**
 * Reaches the stores of one kind. Implementations are services of a module, which {@link
 * StoreModules} loads when one of its stores is reached for the first time. Thread-safe.
 */
public interface StoreConnector {
  /** The name of the module. */
  String module();

  /**
   * Reaches a store; repeats nothing.
   *
   * @param settings what was said of it, by names on which the kind of drive and the module agree
   * @param readOnly whether nothing is put or deleted
   * @throws IOException in words, if the store cannot be used, or cannot be reached now
   */
  ObjectStore connect(Map<String, String> settings, boolean readOnly) throws IOException;
}
