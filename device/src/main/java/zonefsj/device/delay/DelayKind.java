// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.delay;

import java.util.Optional;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;

/** A drive that takes its time. */
public final class DelayKind implements DeviceKind {
  @Override
  public String name() {
    return "delay";
  }

  @Override
  public String syntax() {
    return "delay(MILLISECONDS|smr|zns, SPEC)";
  }

  @Override
  public String meaning() {
    return "a slow drive: each access takes so long, or as long as on a drive of that kind";
  }

  @Override
  public Form form() {
    return Form.PARENTHESES;
  }

  @Override
  public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
    SpecWord word = arguments.word("milliseconds or a kind of drive");
    Optional<LatencyModel> model = LatencyModels.of(word.text());
    if (model.isEmpty()) {
      throw arguments.refuse(word, "give milliseconds, like 5 or 0.1, or one of smr, zns");
    }
    return new DelaySpec(word.text(), arguments.spec("a drive"));
  }
}
