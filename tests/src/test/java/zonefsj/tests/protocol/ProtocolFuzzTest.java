// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Requests that no kernel sends. */
final class ProtocolFuzzTest {
  @Test
  void whateverComesIsAnswered() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    long failed = ProtocolProof.prove(20_000, ProtocolProof.REQUESTS_BY_DEFAULT, null, out);
    assertThat(failed).as(said.toString(StandardCharsets.UTF_8)).isZero();
  }
}
