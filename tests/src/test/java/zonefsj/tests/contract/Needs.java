// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a drive must have for a test to apply to it. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Needs {
  /** All of these. */
  DriveAbility[] value();
}
