// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.tests.stores.ServerProof;

/** A mount on a real server. Not a test of the gate, which has none. */
public final class StoreMountOnServer {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void useClients() {
    cli.useClientsOfServers();
  }

  @Test
  void whatWasSyncedIsThereOnAnotherHost() throws Exception {
    StoreMountSteps steps = new StoreMountSteps(cli, ServerProof.newSpec());
    steps.format();
    steps.requireThereOnAnotherHost();
  }
}
