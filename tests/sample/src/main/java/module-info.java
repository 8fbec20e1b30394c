/** A program that uses the drive library as modules. */
module sample {
  // A module with a descriptor, which those without one cannot ask for.
  requires org.slf4j;
  requires zonefsj.device;
  requires zonefsj.device.testkit;
  requires zonefsj.zonemgr;
}
