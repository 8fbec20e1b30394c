// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceKinds;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;

/** The text of a drive of any kind is a SPEC of an equal drive: here all kinds are installed. */
final class SpecTextTest {
  private static final List<String> WORDS =
      List.of(
          "/a",
          "a",
          "/a,b=c",
          "/x,size=1G",
          "/a(b",
          "/a)",
          "/a b",
          " /a",
          "/a ",
          "/a\tb",
          "/a\t",
          "/a\n",
          "/a\\b",
          "/a\\",
          "/a\"b",
          "\"/a",
          "file:/a",
          "mem:1G",
          "mirror(/a,/b)",
          "tape:0",
          "UUID=1",
          "LABEL=x",
          "size=1G",
          "a=b",
          "/a=b",
          "/",
          "//a",
          "é,ü=1",
          "/a\u00a0",
          "\u2003/a",
          "/a\u202eb",
          "#a",
          "'a'",
          "64M",
          "5");

  private static final String UUID = "UUID=00112233-4455-6677-8899-AABBCCDDEEFF";

  @Property(tries = 3000)
  void theTextOfADriveIsASpecOfAnEqualDrive(@ForAll("specs") String text) throws IOException {
    assertHolds(text);
  }

  /** Each kind with each word, so that no run leaves one out. */
  @Example
  void eachKindTakesEachWord() throws IOException {
    Set<String> kinds = new TreeSet<>();
    int taken = 0;
    for (String word : WORDS) {
      for (String form : forms()) {
        String text = form.replace("%", quoted(word)).replace("SPEC", "/s");
        taken += assertHolds(text) ? 1 : 0;
        kinds.add(text.split("[:(]", 2)[0]);
      }
    }
    assertThat(taken).isGreaterThan(WORDS.size() * forms().size() / 2);
    assertThat(kinds).containsAll(DeviceKinds.all().stream().map(DeviceKind::name).toList());
  }

  private static boolean assertHolds(String text) throws IOException {
    DeviceSpec one;
    try {
      one = DeviceSpec.parse(text);
    } catch (DeviceSpecException refused) {
      return false;
    }
    DeviceSpec two = DeviceSpec.parse(one.toString());
    assertThat(two).as("%s", text).isEqualTo(one).hasSameHashCodeAs(one);
    assertThat(two).as("%s", text).hasToString(one.toString());
    assertThat(DeviceSpec.parse("memdiff(" + one + ")").parts())
        .as("%s", text)
        .containsExactly(one);
    DeviceSpec absolute;
    try {
      absolute = one.absolute(DeviceLookup.none());
    } catch (DeviceSpecException noSuchKind) {
      return true;
    }
    assertThat(DeviceSpec.parse(absolute.toString())).as("%s", text).isEqualTo(absolute);
    return true;
  }

  private static String quoted(String word) {
    return '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** SPECs with a word for %, and drives for SPEC. */
  private static List<String> forms() {
    List<String> forms =
        new ArrayList<>(
            List.of(
                "path(%)",
                "path:%",
                "file(%)",
                "file:%",
                "zonefs(%)",
                "zonefs:%",
                "LABEL=%",
                UUID,
                "mem(64M,zone-size=2M,block-size=512)",
                "mem:1M,max-open=none",
                "mem(3M,zone-size=1M,zone-capacity=516K,conventional=1,max-open=2,max-active=none)",
                "concat(SPEC,SPEC)",
                "striped(SPEC,SPEC)",
                "striped(SPEC,SPEC,chunk=12K)",
                "mirror(SPEC,SPEC,SPEC)",
                "memdiff:SPEC",
                "memdiff(SPEC,max=1000)",
                "diff(%,SPEC)",
                "diff(path(%),SPEC)",
                "diff(SPEC,SPEC)",
                "cache(%,SPEC,size=64M)",
                "cache(65000,SPEC)",
                "crypt(%,SPEC)",
                "delay(%,SPEC)",
                "delay(smr,SPEC)",
                "delay(0.50,SPEC)"));
    forms.addAll(
        List.of(
            "dir:%",
            "dir(%)",
            "dir:%,limit=5",
            "dir(%,size=1G,zone=1M,block-size=512,takeover=yes)",
            "redis:prefix=%",
            "redis(socket=%,password-file=%,user=%)",
            "redis(host=%,tls=yes)",
            "redis(database=3,durable=no,keep=7)",
            "zdb(namespace=%,password-file=%)",
            "zdb(socket=%)",
            "s3:bucket=%",
            "s3(bucket=b,prefix=%,profile=%,region=%)",
            "s3(bucket=b,endpoint=\"http://h:1/a,b\",path-style=yes,size=1G)",
            "hdfs:%",
            "hdfs(\"///a,b(c)\",user=%)",
            "hdfs://h:8020/a/b",
            "ofs://om/v/b/k,user=u,limit=3",
            "ofs(\"//om/v,x=1/b/k\")"));
    return forms;
  }

  @Provide
  Arbitrary<String> specs() {
    Arbitrary<String> words =
        Arbitraries.oneOf(
            Arbitraries.of(WORDS),
            Arbitraries.strings().withChars("a/=:,()\"\\ \t\n\u00a0é1").ofMaxLength(8),
            Arbitraries.strings().all().excludeChars('\0').ofMaxLength(5));
    Arbitrary<String> forms =
        Combinators.combine(Arbitraries.of(forms()), words.map(SpecTextTest::quoted))
            .as((form, word) -> form.replace("%", word));
    Arbitrary<String> leaves = forms.map(form -> form.replace("SPEC", "/s"));
    return Arbitraries.recursive(
        () -> leaves,
        inner -> Combinators.combine(forms, inner).as((form, part) -> form.replace("SPEC", part)),
        0,
        4);
  }
}
