// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * TUTORIAL.md, typed word by word: every command of every console block, in one shell, as root, on
 * a machine without zonefs-j, from the installation to the removal. Each answers as the page shows.
 * With {@code -Dzonefsj.tutorial.build=true} the installation builds a clone of the checkout, which
 * takes minutes; without it, it takes what is built.
 */
final class TutorialTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static final boolean BUILDS = Boolean.getBoolean("zonefsj.tutorial.build");

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  private void makeCheckout() throws Exception {
    String source = sandbox.installation().checkout().toString();
    if (BUILDS) {
      sandbox.run(List.of("git", "clone", "-q", source, "checkout")).orFail();
      return;
    }
    // As a build leaves it.
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                """
                mkdir -p checkout/fs/cli/target/zonefs-j
                cp -R "$0"/mount-scripts "$0"/*.md "$0"/{LICENSE,NOTICE,pom.xml} checkout/
                cp -R "$0"/fs/cli/target/zonefs-j/{modules,native} checkout/fs/cli/target/zonefs-j/
                cp -RL lib/lib checkout/fs/cli/target/zonefs-j/lib
                echo '{}' >checkout/fs/cli/target/zonefs-j/zonefs-j.cdx.json
                """,
                source))
        .orFail();
  }

  @Test
  void everyCommandAnswersAsThePageShows() throws Exception {
    Path page = sandbox.installation().checkout().resolve("TUTORIAL.md");
    List<ConsoleBlock> blocks = ConsoleBlock.of(Files.readAllLines(page));
    assertThat(blocks).hasSizeGreaterThan(15);
    makeCheckout();
    List<String> typed = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    List<String> commands = List.of();
    try (FreshShell shell = new FreshShell(sandbox.home(), !BUILDS)) {
      for (ConsoleBlock block : blocks) {
        if (!block.waitsFor().isEmpty() && !commands.contains(block.waitsFor())) {
          continue;
        }
        for (ConsoleBlock.Step step : block.steps()) {
          List<String> said = shell.run(step.command(), LIMIT);
          typed.add(step.command());
          Optional<String> difference = new ExpectedOutput(step.output()).differenceTo(said);
          difference.ifPresent(
              words ->
                  wrong.add(
                      "TUTORIAL.md:%d: # %s\n%s\n  all of it:\n%s"
                          .formatted(step.line(), step.command(), words, String.join("\n", said))));
        }
        if (commands.isEmpty()) {
          commands =
              shell.run("zonefs-j --help", LIMIT).stream()
                  .map(line -> line.strip().replaceFirst(" .*", ""))
                  .toList();
        }
      }
    }
    assertThat(commands).contains("mkfs");
    assertThat(wrong).as("of %d commands", typed.size()).isEmpty();
    assertThat(typed).hasSizeGreaterThan(60);
  }
}
