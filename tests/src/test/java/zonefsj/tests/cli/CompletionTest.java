// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.cli.options.MountOptionParser;

/** What bash and zsh make of words that are not complete. */
final class CompletionTest {
  private static final Pattern COMMAND_IN_HELP = Pattern.compile("(?m)^  ([a-z]+) .*");

  /** One option in the help: its names, and the label of its value. */
  private static final Pattern OPTION_IN_HELP =
      Pattern.compile("(?m)^ {2,6}(-[a-zA-Z])?(?:, )?(--[a-z-]+)?(?:=(\\S+))?(?:\\s|$)");

  /** A word for bash; quotation marks may be open at the end. */
  private static final Pattern WORD =
      Pattern.compile("[=:]+|[<>]+|(?:[^ =:<>'\"\\\\]|\\\\.|'[^']*'?|\"[^\"]*\"?)+");

  /** A mount point with a space, a mirror, and another filesystem. */
  private static final String MOUNTS =
      """
      /dev/sda1 / ext4 rw 0 0
      /dev/sdb /mnt/my\\040data fuse.zonefs-j rw,user_id=0 0 0
      mirror(/dev/sdc,/dev/sdd) /mnt/pair fuse.zonefs-j rw,user_id=0 0 0
      /dev/sde /mnt/other fuse.sshfs rw,user_id=0 0 0
      """;

  /** Stands for the command: answers what the scripts ask it, and notes the question. */
  private static final String STUB =
      """
      #!/bin/sh
      echo "$*" >>"$0.log"
      case $2 in
        labels) printf '%s\\n' archive 'my data' 'x$y' ;;
        uuids) echo 3505cb6b-a549-45c0-a02e-25950e89abb3 ;;
        zones) printf '%s\\n' 0 1 12 13 ;;
      esac
      """;

  /** Ends of lines; what is offered for them, as it is inserted. */
  private static final String CASES =
      """
      # Mounts, by the mount table.
      umount  => /mnt/my\\ data ; /mnt/pair ; /dev/sdb ; mirror\\(/dev/sdc\\,/dev/sdd\\) ; LABEL= ; UUID=
      umount /mnt/ => /mnt/my\\ data ; /mnt/pair
      umount /mnt/my\\ d => /mnt/my\\ data
      umount '/mnt/m => /mnt/my data
      umount "/mnt/m => /mnt/my data
      grow  => /mnt/my\\ data ; /mnt/pair
      shrink /mnt/p => /mnt/pair
      status dr => drive.img
      status LAB => LABEL=
      status LABEL= => archive ; my\\ data ; x\\$y
      status LABEL=m => my\\ data
      status 'LABEL=m => LABEL=my data
      status "LABEL=x => LABEL=x\\$y
      sync UUID=3 => 3505cb6b-a549-45c0-a02e-25950e89abb3
      mount LABEL=a => archive
      # Drives.
      mkfs dr => drive.img
      mkfs mi => mirror\\(
      mkfs mem => mem: ; memdiff\\(
      mkfs file:dr => drive.img
      mkfs zonefs: => my\\ dir/
      mkfs mem: =>
      mkfs 'mirror(dr => mirror(drive.img, ; mirror(drive.img)
      mkfs 'mirror(a,my => mirror(a,my dir/
      mkfs 'mirror(a,LABEL=ar => mirror(a,LABEL=archive, ; mirror(a,LABEL=archive)
      mkfs 'concat(a,mir => concat(a,mirror( ; concat(a,mirror(...
      mkfs ~/dr => \\~/drive.img
      info dr => drive.img
      info /mnt/pa => /mnt/pair
      layer  => create ; commit ; drop
      layer commit di => diff\\( ; dir:
      key  => create ; change
      key create dr => drive.img
      create dr => drive.img
      dump x >dr => drive.img
      dump x > dr => drive.img
      # Zones.
      zone  => reset ; open ; close ; finish ; fail ; dump ; restore
      zone dump drive.img dr => drive.img
      zone restore x dr => drive.img
      zone reset drive.img  => all ; 0 ; 1 ; 12 ; 13
      zone reset drive.img 1 => 1 ; 12 ; 13
      zone reset drive.img 0 12-1 => 12-1 ; 12-12 ; 12-13
      write drive.img --zone  => 0 ; 1 ; 12 ; 13
      write --pad drive.img --zone=12 => 12
      read --zone  =>
      zones drive.img --from 1 => 1 ; 12 ; 13
      zones --condition em => empty
      zones --condition=empty,fu => empty,full
      zones --condition=empty,implicit-open,em =>
      # Mount options.
      mount a b -o gc_pol => gc_policy=
      mount a b -o gc_policy= => auto ; greedy ; cost-benefit ; mdc
      mount a b -ogc_policy=gr => greedy
      mount a b -o ro,errors=c => continue
      mount a b -o ro,errors=remount-ro,transp => remount-ro,transport=
      mount a b -o ro,noat => ro,noatime
      mount a b -o noatime,noat =>
      mount a b -o commit=5,meta=my => my\\ dir/
      mount a b -o commit= =>
      mount a b -o gc_start=a => auto
      status x --set gc_policy=m => mdc
      status x --set gc_rate=3,gc_id => 3,gc_idle=
      status x --set gc_res =>
      # The form of mount(8).
      dr =>
      ./dr => ./drive.img
      drive.img b -o gc_pol => gc_policy=
      # Where nothing more can follow, options do.
      list  => -h ; --help ; --json ; --verbose
      list --json --j =>
      zones x --condition empty --cond => --condition
      mkfs -- dr => drive.img
      mkfs -- - =>
      status x  => -h ; --help ; --json ; --set ; --verbose
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  /** Where words are completed. */
  private Path here = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    Path stub = Files.writeString(directory.resolve("zonefs-j"), STUB);
    Files.setPosixFilePermissions(stub, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path mounts = Files.writeString(directory.resolve("mounts"), MOUNTS);
    for (String shell : List.of("bash", "zsh")) {
      String script = run("completion", shell).ok().replace("/proc/self/mounts", mounts.toString());
      Files.writeString(directory.resolve("completion." + shell), script);
    }
    here = Files.createDirectory(directory.resolve("here"));
    Files.createFile(here.resolve("drive.img"));
    Files.createDirectory(here.resolve("my dir"));
  }

  /** What was asked of the command. */
  private List<String> questions() throws IOException {
    Path log = directory.resolve("zonefs-j.log");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  private String shell(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(here.toFile());
    builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
    builder.environment().put("HOME", here.toString());
    Process process = builder.redirectError(directory.resolve("errors").toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(Files.readString(directory.resolve("errors"))).isZero();
    assertThat(directory.resolve("errors")).isEmptyFile();
    return out;
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** The words of a line as bash gives them to a function: = and : are words, too. */
  private static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      words.add(word.group());
    }
    if (line.matches(".*[ =:]")) {
      words.add("");
    }
    return words;
  }

  /** What bash offers for the end of each line, as it would be inserted. */
  private Map<String, List<String>> bash(List<String> lines)
      throws IOException, InterruptedException {
    return bash(lines, "");
  }

  private Map<String, List<String>> bash(List<String> lines, String first)
      throws IOException, InterruptedException {
    StringBuilder script = new StringBuilder(first + "source '../completion.bash'\n");
    for (String line : lines) {
      List<String> words = split(line).stream().map(CompletionTest::quoted).toList();
      script
          .append("COMP_LINE=")
          .append(quoted(line))
          .append(" COMP_POINT=${#COMP_LINE}; COMP_WORDS=(")
          .append(String.join(" ", words))
          .append("); COMP_CWORD=")
          .append(words.size() - 1)
          .append("\n_zonefs_j zonefs-j\nprintf ' %s\\n' \"${COMPREPLY[@]}\"\necho .\n");
    }
    Path file = Files.writeString(directory.resolve("cases"), script);
    String[] answers = shell(List.of("bash", "--norc", file.toString())).split("(?m)^\\.\n", -1);
    Map<String, List<String>> offered = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      offered.put(
          lines.get(i),
          answers[i].lines().map(answer -> answer.substring(1)).filter(a -> !a.isEmpty()).toList());
    }
    return offered;
  }

  private List<String> bash(String line) throws IOException, InterruptedException {
    return bash(List.of(line)).getOrDefault(line, List.of());
  }

  private static List<String> commands() {
    return COMMAND_IN_HELP
        .matcher(run("--help").ok())
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  /** The options of a command by its help: names, and labels of values; no label is empty. */
  private static Map<String, String> options(String command) {
    Map<String, String> options = new LinkedHashMap<>();
    for (MatchResult found :
        OPTION_IN_HELP.matcher(run(command, "--help").ok()).results().toList()) {
      for (int name = 1; name <= 2; name++) {
        if (found.group(name) != null) {
          options.put(found.group(name), found.group(3) == null ? "" : found.group(3));
        }
      }
    }
    assertThat(options).containsKeys("-h", "--help", "--verbose");
    return options;
  }

  @Test
  void everyCommandAndEveryOptionIsOfferedAndNothingElse() throws Exception {
    List<String> commands = commands();
    assertThat(commands).hasSizeGreaterThan(15).contains("bench", "mount");
    Map<String, Set<String>> expected = new LinkedHashMap<>();
    Set<String> first = new TreeSet<>(commands);
    first.addAll(List.of("help", "--help", "--version"));
    expected.put("zonefs-j ", first);
    expected.put("zonefs-j help ", new TreeSet<>(commands));
    for (String command : commands) {
      expected.put("zonefs-j " + command + " -", options(command).keySet());
      for (String name : options(command).keySet()) {
        if (name.length() > 2) {
          Set<String> same = new TreeSet<>(options(command).keySet());
          String begun = name.substring(0, name.length() - 1);
          same.removeIf(other -> !other.startsWith(begun));
          expected.put("zonefs-j " + command + " " + begun, same);
        }
      }
    }
    bash(List.copyOf(expected.keySet()))
        .forEach(
            (line, words) ->
                assertThat(words).as(line).containsExactlyInAnyOrderElementsOf(expected.get(line)));
    assertThat(questions()).as("questions to the command").isEmpty();
  }

  /** Each value is completed in the same way behind a space and behind an equals sign. */
  @Test
  void everyValueOfAnOptionIsCompletedByWhatItIs() throws Exception {
    Map<String, List<String>> byLabel =
        Map.of(
            "FILE", List.of("drive.img", "my\\ dir/"),
            "DIR", List.of("my\\ dir/"),
            "ZONE", List.of("0", "1", "12", "13"),
            "1|2", List.of("1", "2"));
    Map<String, String> labels = new LinkedHashMap<>();
    for (String command : commands()) {
      options(command)
          .forEach(
              (name, label) -> {
                if (!label.isEmpty()) {
                  String line = "zonefs-j " + command + " x " + name;
                  labels.put(line + " ", label);
                  labels.put(name.length() == 2 ? line : line + "=", label);
                }
              });
    }
    Map<String, List<String>> offered = bash(List.copyOf(labels.keySet()));
    Set<String> seen = new TreeSet<>();
    labels.forEach(
        (line, label) -> {
          String simple = label.replaceFirst("\\[,?.*", "");
          List<String> words = offered.get(line);
          List<String> wanted = byLabel.get(simple);
          if (wanted != null) {
            assertThat(words).as(line).containsExactlyInAnyOrderElementsOf(wanted);
          } else if (List.of("TYPE", "CONDITION", "OPTION=VALUE").contains(simple)) {
            assertThat(words)
                .as(line)
                .hasSizeGreaterThan(3)
                .noneMatch(word -> word.startsWith("-"));
          } else if (simple.equals("OPTIONS")) {
            seen.add(simple);
          } else {
            assertThat(words).as(line).isEmpty();
          }
          seen.add(simple);
        });
    assertThat(seen).containsAll(byLabel.keySet()).contains("CONDITION", "OPTIONS", "SIZE", "N");
  }

  @Test
  void bashOffersWhatFits() throws Exception {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (String line : CASES.lines().filter(each -> !each.startsWith("#")).toList()) {
      String[] sides = line.split(" =>", 2);
      List<String> words = List.of(sides[1].strip().split(" ; "));
      expected.put("zonefs-j " + sides[0], words.equals(List.of("")) ? List.of() : words);
    }
    assertThat(expected).hasSizeGreaterThan(60);
    // As they are, and with what & means in a replacement before bash 5.2.
    for (String first : List.of("", "shopt -u patsub_replacement 2>/dev/null || :\n")) {
      bash(List.copyOf(expected.keySet()), first)
          .forEach(
              (line, words) ->
                  assertThat(words)
                      .as(first + line)
                      .containsExactlyInAnyOrderElementsOf(expected.get(line)));
    }
  }

  @Test
  void everyMountOptionIsOffered() throws Exception {
    List<String> offered = bash("zonefs-j mount a b -o ");
    for (String name : MountOptionParser.names()) {
      boolean refused =
          run("mount", "a", "b", "-o", name + ",nonsense").failure(2).contains("is not supported");
      assertThat(offered.contains(name) || offered.contains(name + "="))
          .as("%s is offered", name)
          .isEqualTo(!refused);
    }
  }

  @Test
  void theCommandIsAskedOnlyForWhatItMustFindOut() throws Exception {
    Map<String, String> asked =
        Map.of(
            "status LABEL=a", "labels mounted",
            "mkfs UUID=", "uuids",
            "info LABEL=a", "labels",
            "zone reset 'my drive' 1", "zones my drive reset 1",
            "read drive.img --zone=", "zones drive.img read ");
    for (Map.Entry<String, String> each : asked.entrySet()) {
      bash("zonefs-j " + each.getKey());
      assertThat(questions()).last().isEqualTo("completion " + each.getValue());
    }
    assertThat(questions()).hasSize(asked.size());
  }

  /** Without the words of the line, which a program may not set, only those of the array count. */
  @Test
  void theWordsAloneSuffice() throws Exception {
    String answer =
        shell(
            List.of(
                "bash",
                "--norc",
                "-c",
                "source ../completion.bash; COMP_WORDS=(zonefs-j umount /mnt/p); COMP_CWORD=2;"
                    + " _zonefs_j; printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p zonefs-j"));
    assertThat(answer).isEqualTo("/mnt/pair\ncomplete -F _zonefs_j zonefs-j\n");
  }

  /** Keys that are typed into a shell, and what the line is then. */
  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void keysInAShell(String shell) throws Exception {
    Map<String, String> cases = new LinkedHashMap<>();
    cases.put("sta", "status ");
    cases.put("status --j", "status --json ");
    cases.put("umount /mnt/m", "umount /mnt/my\\ data ");
    cases.put("umount '/mnt/m", "umount '/mnt/my data' ");
    cases.put("status LABEL=m", "status LABEL=my\\ data ");
    cases.put("mkfs dr", "mkfs drive.img ");
    cases.put("mkfs file:dr", "mkfs file:drive.img ");
    cases.put("mkfs my", "mkfs my\\ dir/");
    cases.put("mkfs 'mir", "mkfs 'mirror(");
    cases.put("mount a b -o ro,gc_policy=gr", "mount a b -o ro,gc_policy=greedy ");
    cases.put("mount a b -o meta=m", "mount a b -o meta=my\\ dir/");
    cases.put("zones --condition=em", "zones --condition=empty ");
    cases.put("key cr", "key create ");
    cases.put("write drive.img --zone=0", "write drive.img --zone=0 ");
    cases.put("help mk", "help mkfs ");
    List<String> command = new ArrayList<>(List.of("python3", keys().toString(), shell));
    command.add(directory.resolve("completion." + shell).toString());
    cases.keySet().forEach(line -> command.add("zonefs-j " + line));
    List<String> lines = shell(command).lines().filter(line -> !line.startsWith("  ")).toList();
    List<String> expected = new ArrayList<>();
    // Behind a word of a list, zsh puts the comma that another key takes away.
    Matcher list = Pattern.compile("(=greedy|=empty) $").matcher("");
    for (String line : cases.values()) {
      list.reset(line);
      expected.add(
          "zonefs-j " + (shell.equals("zsh") && list.find() ? list.replaceFirst("$1,") : line));
    }
    assertThat(lines).containsExactlyElementsOf(expected);
  }

  /** zsh shows the choices with what they mean. */
  @Test
  void zshExplainsTheChoices() throws Exception {
    String shown =
        shell(
            List.of(
                "python3",
                keys().toString(),
                "zsh",
                directory.resolve("completion.zsh").toString(),
                "zonefs-j help ",
                "zonefs-j bench x --",
                "zonefs-j zone reset drive.img 1",
                "zonefs-j status ",
                "zonefs-j mkfs m"));
    for (String command : commands()) {
      assertThat(shown).containsPattern("(?m)^  " + command + " +-- [A-Z]");
    }
    for (String option : options("bench").keySet()) {
      if (option.startsWith("--")) {
        assertThat(shown).containsPattern("(?m)^  " + option + " +-- [A-Z]");
      }
    }
    assertThat(shown)
        .containsPattern("(?m)^  1 +12 +13$")
        .contains("/mnt/my\\ data")
        .containsPattern("mem: +-- a new drive in memory");
    assertThat(questions()).containsOnly("completion zones drive.img reset 1");
  }

  private Path keys() throws IOException {
    try (var resource = CompletionTest.class.getResourceAsStream("type_keys.py")) {
      if (resource == null) {
        throw new IllegalStateException("type_keys.py is missing");
      }
      return Files.write(directory.resolve("type_keys.py"), resource.readAllBytes());
    }
  }

  @Test
  void whatTheHostHasIsToldWithoutAnError() {
    Path image = directory.resolve("d.img");
    run("create", image, "--size", "64M").ok();
    run("zone", "open", image, "3", "12").ok();
    assertThat(run("completion", "zones", image).ok().lines()).hasSize(64);
    assertThat(run("completion", "zones", image, "reset").ok()).isEqualTo("3\n12\n");
    assertThat(run("completion", "zones", image, "close", "1").ok()).isEqualTo("12\n");
    assertThat(run("completion", "zones", image, "read").ok()).isEqualTo("3\n12\n");
    assertThat(run("completion", "zones", image, "write", "6").ok())
        .isEqualTo("6\n60\n61\n62\n63\n");
    assertThat(run("completion", "zones", directory.resolve("absent")).ok()).isEmpty();
    assertThat(run("completion", "zones", "mirror(").ok()).isEmpty();
    assertThat(run("completion", "zones").ok()).isEmpty();
    run("completion", "labels").ok();
    run("completion", "uuids", "mounted").ok();
    assertThat(run("completion", "fish").failure(2)).contains("give bash, zsh");
    assertThat(run("--help").ok()).doesNotContain("completion");
  }
}
