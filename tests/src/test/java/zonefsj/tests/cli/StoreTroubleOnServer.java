// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.tests.stores.ServerProof;

/** A mount on real servers that something happens to. Not a test of the gate, which has none. */
public final class StoreTroubleOnServer {
  private static final Duration AWAY = Duration.ofMinutes(1);

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void useClients() {
    cli.useClientsOfServers();
  }

  @Test
  void aLoadGoesOnWithoutOneAndAfterTheStoreWasAway() throws Exception {
    StoreMountSteps steps = new StoreMountSteps(cli, ServerProof.newSpec());
    steps.format();
    steps.requireGoesOn(ServerProof.trouble(), AWAY);
  }
}
