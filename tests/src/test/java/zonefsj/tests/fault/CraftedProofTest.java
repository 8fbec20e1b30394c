package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The gate's share of {@code tests/prove crafted}. */
class CraftedProofTest {
  private static final long SEED = 1;
  private static final long CASES = 1000;

  @Test
  void craftedDrivesAreAnsweredInWords() throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      long failed = CraftedProof.prove(SEED, CASES, null, out);
      assertThat(failed).as(said.toString(StandardCharsets.UTF_8)).isZero();
    }
  }
}
