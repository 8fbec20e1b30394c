// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Leaves out a test that {@link Needs} what its class {@link Lacks}, and says why. */
final class NeedsCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<DriveAbility> needs =
        AnnotationSupport.findAnnotation(context.getElement(), Needs.class)
            .map(it -> List.of(it.value()))
            .orElse(List.of());
    for (Lacks lacks :
        AnnotationSupport.findRepeatableAnnotations(context.getTestClass(), Lacks.class)) {
      if (needs.contains(lacks.value())) {
        return ConditionEvaluationResult.disabled(lacks.value() + ": " + lacks.because());
      }
    }
    return ConditionEvaluationResult.enabled("applies");
  }
}
