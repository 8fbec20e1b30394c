// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a kind of drive does not have, said by the class that tests it. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Lacks.All.class)
public @interface Lacks {
  /** What is missing. */
  DriveAbility value();

  /** Why: it stands beside the number of tests that do not apply. */
  String because();

  /** Several. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @interface All {
    /** Each. */
    Lacks[] value();
  }
}
