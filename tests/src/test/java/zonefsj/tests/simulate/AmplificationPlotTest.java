// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class AmplificationPlotTest {
  @Test
  void curvesAndRunsAreInTheFigure() throws Exception {
    AmplificationPlot plot = new AmplificationPlot();
    plot.curve("uniform", new Workload.Uniform()::bound);
    plot.run("uniform", "mdc", 0.8, 2.9);
    // Beyond the upper edge.
    plot.run("uniform", "greedy", 0.9, 50);
    Document figure =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(plot.svg())));
    assertThat(figure.getElementsByTagName("polyline").getLength()).isEqualTo(1);
    assertThat(figure.getDocumentElement().getTextContent())
        .contains("uniform, theory", "mdc, measured", "greedy, measured", "utilization");
    assertThat(plot.svg()).doesNotContain("NaN").doesNotContain("-0.");
  }
}
