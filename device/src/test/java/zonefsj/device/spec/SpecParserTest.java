// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.drives.ImageSpec;
import zonefsj.device.drives.MemorySpec;
import zonefsj.device.drives.PathSpec;

class SpecParserTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/b",
        "concat(/a,/b)",
        "concat(file:/a,/b,mem:64M)",
        "striped(concat(/a,/b),concat(/c,/d),chunk=64K)",
        "concat(\"/a,b\",\"/c(d)\")",
        "concat(\"/with space\",\"/quote\\\"and\\\\\")",
        "concat(\"mem:1G\",\"chunk=3\")",
        "concat(\"UUID=1\",\"/a\tb\",\" /c\")",
        "mem(64M,block-size=512,zone-size=2M,zone-capacity=1536K,conventional=3,max-open=4,"
            + "max-active=none)",
        "UUID=00112233-4455-6677-8899-aabbccddeeff",
        "LABEL=\"my label\"",
        "mirror(/a,/b,/c)",
        "memdiff(/a)",
        "memdiff(mirror(/a,/b),max=1G)",
        "diff(/l,striped(/a,/b))",
        "diff(path(/l),/a)",
        "cache(path(/l),/a,size=64M)",
        "cache(mirror(/x,/y),crypt(/k,/a),size=1G)",
        "diff(path(\"/l 1\"),/a)",
        "diff(striped(/x,/y),memdiff(/a))",
        "diff(LABEL=x,/a)",
        "diff(\"/l 1\",/a)",
        "cache(64M,/a)",
        "cache(/ssd/c,/a,size=10G)",
        "delay(smr,cache(1M,delay(0.5,/a)))",
      })
  void theTextOfASpecMeansTheSame(String text) throws IOException {
    assertThat(DeviceSpec.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "concat( /a , /b )|concat(/a,/b)",
        "file:/a,b(c)|file:\"/a,b(c)\"",
        "file:\"/a,b\"|file:\"/a,b\"",
        "path:/a|/a",
        "mem(64M)|mem:64M",
        "mem:64M,zone-size=1M|mem:64M",
        "concat(mem:64M,mem(64M,zone-size=2M))|concat(mem:64M,mem(64M,zone-size=2M))",
        "striped(chunk=4K,/a,/b)|striped(/a,/b,chunk=4K)",
        "striped(/a,/b,chunk=\"4K\")|striped(/a,/b,chunk=4K)",
        "concat(LABEL=x,/b)|concat(LABEL=x,/b)",
        "memdiff:/a|memdiff(/a)",
        "memdiff:mem:64M,zone-size=2M|memdiff(mem(64M,zone-size=2M))",
        "memdiff:striped(/a,/b)|memdiff(striped(/a,/b))",
        "cache(1024K,/a)|cache(1M,/a)",
      })
  void formsThatMeanTheSame(String text, String same) throws IOException {
    assertThat(DeviceSpec.parse(text)).hasToString(same);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "concat(file:/a, fil:/b)|unknown kind 'fil' at column 17; did you mean 'file'?",
        "concat(/a, tape(0))|unknown kind 'tape' at column 12; known are cache, concat,",
        "concat(/a, /b|')' is missing at column 14",
        "concat(/a, concat(/b, /c)|')' is missing at column 26",
        "concat(/a, /b))|nothing may follow ')' at column 15",
        "concat(/a, /b) x|nothing may follow ')' at column 15",
        "concat(/a,, /b)|an argument is missing at column 11",
        "concat(/a)|'concat' needs at least 2 drives: concat(SPEC, SPEC, ...) at column 1",
        "concat()|'concat' needs at least 2 drives",
        "concat:/a|'concat' needs parentheses: concat(SPEC, SPEC, ...) at column 8",
        "concat(/a, /b, chunk=1M)|'concat' has no options, so 'chunk=' means nothing at column 16",
        "striped(/a, /b, chnk=1M)|which has chunk at column 17; did you mean 'chunk'?",
        "striped(/a, /b, chunk=1M, chunk=2M)|'chunk' is given twice at column 27",
        "striped(/a, /b, chunk=x)|'x' is not a size",
        "striped(/a, /b, chunk=0)|a chunk of no bytes at column 23",
        "delay(fast, /a)|give milliseconds, like 5 or 0.1, or one of smr, zns at column 7",
        "cache(/c, /a)|a cache in a file or on a drive needs size=SIZE",
        "diff(/l)|a drive is missing: diff(TOP, SPEC) at column 1",
        "diff(/l, /a, /b)|'/b' is too much: diff(TOP, SPEC) at column 14",
        "mirror(/a)|'mirror' needs at least 2 drives",
        "crypt(mem:1G, /a)|'mem:1G' is a drive, but 'crypt' needs a key file at column 7; give",
        "crypt(LABEL=x, /a)|'LABEL=x' is a drive, but 'crypt' needs a key file at column 7",
        "cache(file:/x, /a)|a cache in a file or on a drive needs size=SIZE",
        "crypt(path:/k, /a)|'path:/k' is a drive, but 'crypt' needs a key file at column 7",
      })
  void errorsPointAtThePlace(String text, String words) {
    assertThatThrownBy(() -> DeviceSpec.parse(text))
        .isInstanceOf(DeviceSpecException.class)
        .hasMessageStartingWith(text + ": ")
        .hasMessageContaining(words);
  }

  @Test
  void quotationMarksMustBeClosed() {
    assertThatThrownBy(() -> DeviceSpec.parse("concat(\"/a, /b)"))
        .hasMessageContaining("')' is missing at column 16");
    assertThatThrownBy(() -> DeviceSpec.parse("file:\"/a"))
        .hasMessageContaining("a quotation mark is not closed at column 6");
    assertThatThrownBy(() -> DeviceSpec.parse("concat(\"/a\"x, /b)"))
        .hasMessageContaining("nothing may follow a closing quotation mark at column 12");
  }

  @Test
  void aPathMayLookLikeAKindThatThereIsNot() throws IOException {
    assertThat(DeviceSpec.parse("drive(1).img")).isEqualTo(new PathSpec(Path.of("drive(1).img")));
    assertThat(DeviceSpec.parse("a:b")).isEqualTo(new PathSpec(Path.of("a:b")));
    assertThat(DeviceSpec.parse("file:a:b")).isEqualTo(new ImageSpec(Path.of("a:b")));
  }

  /** A file of such a name is possible, and a plain path stays one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "diff(\"mem:1G\", /a)|diff(\"mem:1G\",/a)",
        "diff(./mem:1G, /a)|diff(./mem:1G,/a)",
        "diff(a:b, /a)|diff(\"a:b\",/a)",
        "cache(\"LABEL=x\", /a, size=1M)|cache(\"LABEL=x\",/a,size=1M)",
        "crypt(/k:1, /a)|crypt(/k:1,/a)",
      })
  void aFileMayHaveTheNameOfADrive(String text, String same) throws IOException {
    assertThat(DeviceSpec.parse(text)).hasToString(same);
  }

  @Test
  void nestingHasALimit() {
    String text = "concat(".repeat(1000) + "/a" + ")".repeat(1000);
    assertThatThrownBy(() -> DeviceSpec.parse(text)).hasMessageContaining("more than 32 deep");
  }

  @Test
  void whatAWholeIsFollowsFromItsParts() throws IOException {
    DeviceSpec memory = DeviceSpec.parse("concat(mem:1M,mem:3M)");
    assertThat(memory.isNew()).isTrue();
    assertThat(memory.losesChanges()).isTrue();
    assertThat(memory.memoryBytes()).isEqualTo(4 << 20);
    assertThat(memory.singleDrives()).hasOnlyElementsOfType(MemorySpec.class).hasSize(2);
    DeviceSpec mixed = DeviceSpec.parse("concat(mem:1M,/a)");
    assertThat(mixed.isNew()).isFalse();
    assertThat(mixed.losesChanges()).isTrue();
    DeviceSpec files = DeviceSpec.parse("concat(/b,/a)");
    assertThat(files.losesChanges()).isFalse();
    assertThat(files.memoryBytes()).isZero();
    // 40 bytes for each line of 64 KiB.
    DeviceSpec cached = DeviceSpec.parse("cache(/c,cache(1M,/a),size=512G)");
    assertThat(cached.memoryBytes()).isEqualTo(((8L << 20) + 16) * 40);
    assertThat(cached.directMemoryBytes()).isEqualTo(1 << 20);
    DeviceSpec onDrive = DeviceSpec.parse("cache(mem:1G,/a,size=512G)");
    assertThat(onDrive.memoryBytes())
        .isEqualTo((8L << 20) * 48 + DeviceSpec.parse("mem:1G").memoryBytes());
    assertThat(onDrive.losesChanges()).isFalse();
  }

  /** A format never overwrites what is only read, or only a cache. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "concat(/a,mirror(/b,/c))|/a /b /c",
        "memdiff(concat(/a,/b))|''",
        "diff(/l,/a)|''",
        "diff(path(/t),/a)|/t",
        "concat(diff(striped(/t,/u),/a),/b)|/t /u /b",
        "cache(path(/t),/a,size=1M)|/a",
        "cache(/f,crypt(/k,/a),size=1M)|/a",
      })
  void changesReachTheseDrives(String text, String drives) throws IOException {
    assertThat(
            DeviceSpec.parse(text)
                .changedDrives()
                .map(DeviceSpec::toString)
                .collect(Collectors.joining(" ")))
        .isEqualTo(drives);
  }

  @Test
  void absolutePaths(@TempDir Path directory) throws IOException {
    Path image = Files.createFile(directory.toRealPath().resolve("a b"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), image);
    assertThat(
            DeviceSpec.parse("concat(\"" + link + "\",/no/../none)").absolute(DeviceLookup.none()))
        .hasToString("concat(\"" + image + "\",/no/../none)");
  }

  /** Whatever is typed, the answer is a drive or one line. */
  @Test
  void anyTextIsParsedOrRefused() {
    List<String> pieces =
        List.of(
            "concat", "striped", "mem", "file", "(", ")", ",", "\"", "\\", ":", "=", " ", "chunk",
            "64M", "/a", "UUID", "LABEL", "x", "\n", "\u202e");
    SplittableRandom random = new SplittableRandom(18);
    for (int round = 0; round < 50_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int count = random.nextInt(12); count > 0; count--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      try {
        DeviceSpec parsed = DeviceSpec.parse(text.toString());
        assertThat(DeviceSpec.parse(parsed.toString())).as("%s", text).isEqualTo(parsed);
      } catch (DeviceSpecException refused) {
        assertThat(refused).hasMessageMatching("(?s).+");
      }
    }
  }
}
